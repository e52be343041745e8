"""Checks the hand-written gradients of y = a + b."""

import random

import pytest
from add import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


@pytest.mark.parametrize("seed", range(6))
def test_each_term_of_a_sum_has_the_right_gradient(seed):
    first, second = random.Random(seed).sample(NUMBERS, 2)
    a, b, y = hand_graph(lambda a, b: (a, b, a + b), a=first, b=second)
    y.label = "y"
    with by_hand():
        backward(a, b, y)
    check_gradients(y, call="backward(a, b, y) with y = a + b")
