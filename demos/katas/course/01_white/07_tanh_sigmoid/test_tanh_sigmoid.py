"""Checks the slopes of tanh and sigmoid, each in a graph of one operation."""

import random

import pytest
from tanh_sigmoid import sigmoid_slope, tanh_slope

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0 or 1 and no two of one size, and not so far out that a slope drowns in its rounding.
NUMBERS = (-2.3, -1.6, -1.3, -0.7, 0.4, 0.6, 1.4, 1.8)


@pytest.mark.parametrize("number", random.Random(0).sample(NUMBERS, 6))
def test_tanh_has_the_right_slope(number):
    x, y = hand_graph(lambda x: (x, x.tanh()), x=number)
    y.label = "y"
    y.grad = 1.0
    with by_hand():
        x.grad = tanh_slope(y.data)
    check_gradients(y, call=f"x.grad = tanh_slope({y.data:.4f}), the output of tanh({number})")


@pytest.mark.parametrize("number", random.Random(1).sample(NUMBERS, 6))
def test_sigmoid_has_the_right_slope(number):
    x, y = hand_graph(lambda x: (x, x.sigmoid()), x=number)
    y.label = "y"
    y.grad = 1.0
    with by_hand():
        x.grad = sigmoid_slope(y.data)
    check_gradients(y, call=f"x.grad = sigmoid_slope({y.data:.4f}), the output of sigmoid({number})")
