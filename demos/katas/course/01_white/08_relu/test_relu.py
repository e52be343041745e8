"""Checks the hand-written gradient of y = relu(x) on both sides of zero and at the kink."""

import random

import pytest
from relu import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0 or 1, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


def filled_in(number):
    x, y = hand_graph(lambda x: (x, x.relu()), x=number)
    y.label = "y"
    with by_hand():
        backward(x, y)
    return x, y


@pytest.mark.parametrize("number", random.Random(0).sample(NUMBERS, len(NUMBERS)))
def test_both_sides_of_zero_have_the_right_gradient(number):
    x, y = filled_in(number)
    is_of_abs = number < 0.0 and x.grad == -1.0
    assert not is_of_abs, (
        f"Called backward(x, y) with y = relu(x) at x = {number}. It left x.grad = -1.0. Expected the slope of the "
        "flat side: -1 below 0 is the slope of |x|. How far does relu move there?"
    )
    check_gradients(y, call="backward(x, y) with y = relu(x)")


def test_at_the_kink_the_gradient_is_the_one_agreed_upon():
    x, _ = filled_in(0.0)
    is_agreed = x.grad is not None and x.grad == 0.0
    assert is_agreed, (
        "Called backward(x, y) with y = relu(x), at the kink: x = 0.\n"
        f"It left x.grad = {x.grad!r}.\n"
        "Expected: at exactly 0 the slopes from the left and from the right differ, so one is agreed upon; "
        "here and in PyTorch it is that of the shut side.\n"
        "Look at what your condition says where x is neither above nor below 0."
    )
