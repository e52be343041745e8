"""Checks the hand-written gradients of y = exp(x**3)."""

import random

import pytest
from two_links import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0 or 1 and no two of one size, and small, so that exp stays within reach.
NUMBERS = (-1.3, -1.2, -0.8, -0.6, 0.7, 0.9, 1.1, 1.4)


@pytest.mark.parametrize("number", random.Random(0).sample(NUMBERS, 6))
def test_every_link_of_the_chain_has_the_right_gradient(number):
    x, u, y = hand_graph(lambda x: (x, u := x**3, u.exp()), x=number)
    u.label, y.label = "u", "y"
    with by_hand():
        backward(x, u, y)
    check_gradients(y, call="backward(x, u, y) with u = x**3 and y = exp(u)")
