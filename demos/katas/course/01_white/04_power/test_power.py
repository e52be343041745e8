"""Checks the hand-written gradient of y = x**n."""

import random

import pytest
from power import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


def judge(number, n):
    x, y = hand_graph(lambda x: (x, x**n), x=number)
    y.label = "y"
    with by_hand():
        backward(x, n, y)
    check_gradients(y, call=f"backward(x, {n}, y) with y = x**{n}")


@pytest.mark.parametrize(("seed", "n"), enumerate((3, 5, 4, 6, 3)))
def test_whole_exponents_have_the_right_gradient(seed, n):
    judge(random.Random(seed).choice(NUMBERS), n)


@pytest.mark.parametrize(("seed", "n"), enumerate((-3, -2, -4), start=5))
def test_exponents_below_zero_have_the_right_gradient(seed, n):
    judge(random.Random(seed).choice(NUMBERS), n)


@pytest.mark.parametrize(("seed", "n"), enumerate((0.5, 2.5, -1.5), start=8))
def test_broken_exponents_have_the_right_gradient(seed, n):
    judge(abs(random.Random(seed).choice(NUMBERS)), n)
