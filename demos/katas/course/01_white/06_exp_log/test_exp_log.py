"""Checks the hand-written gradients of y = exp(x) and y = log(x)."""

import random

import pytest
from exp_log import exp_backward, log_backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


@pytest.mark.parametrize("number", random.Random(0).sample(NUMBERS, 6))
def test_exp_has_the_right_gradient(number):
    x, y = hand_graph(lambda x: (x, x.exp()), x=number)
    y.label = "y"
    with by_hand():
        exp_backward(x, y)
    check_gradients(y, call="exp_backward(x, y) with y = exp(x)")


def test_the_slope_of_exp_is_what_the_forward_pass_computed():
    for number in (1.3, -0.7):
        x, y = hand_graph(lambda x: (x, x.exp()), x=number)
        y.data = float(f"{y.data:.3g}")
        with by_hand():
            exp_backward(x, y)
        is_taken_over = isinstance(x.grad, (int, float)) and abs(x.grad - y.data) <= 1e-9 * y.data
        assert is_taken_over, (
            f"Called exp_backward(x, y) with x = {number} and y = {y.data}, the three digits of exp({number}) that a "
            f"coarse forward pass has left.\nIt left x.grad = {x.grad!r}.\n"
            "Expected: the height of the curve just as the forward pass left it.\n"
            "Do you compute exp again? That costs a second time, and does not fit what the forward pass went on with."
        )


@pytest.mark.parametrize("number", random.Random(1).sample(NUMBERS, 6))
def test_log_has_the_right_gradient(number):
    x, y = hand_graph(lambda x: (x, x.log()), x=abs(number))
    y.label = "y"
    with by_hand():
        log_backward(x, y)
    check_gradients(y, call="log_backward(x, y) with y = log(x)")
