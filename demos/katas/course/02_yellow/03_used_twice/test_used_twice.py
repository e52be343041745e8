"""Checks the hand-written gradients of y = a * a and of y = (a + b) * a."""

import random

import pytest
from used_twice import backward, square_backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


@pytest.mark.parametrize("number", random.Random(0).sample(NUMBERS, 6))
def test_a_value_used_twice_by_one_operation_adds_up(number):
    a, y = hand_graph(lambda a: (a, a * a), a=number)
    y.label = "y"
    with by_hand():
        square_backward(a, y)
    check_gradients(y, call="square_backward(a, y) with y = a*a")


@pytest.mark.parametrize("seed", range(6))
def test_a_value_used_by_two_operations_adds_up(seed):
    first, second = random.Random(seed).sample(NUMBERS, 2)
    a, b, e, y = hand_graph(lambda a, b: (a, b, e := a + b, e * a), a=first, b=second)
    e.label, y.label = "e", "y"
    with by_hand():
        backward(a, b, e, y)
    check_gradients(y, call="backward(a, b, e, y) with e = a + b and y = e*a")
