"""Checks the hand-written gradients of the diamond."""

import random

import pytest
from diamond import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0 or 1 and no two of one size, and small, so that tanh keeps a slope.
NUMBERS = (-1.3, -1.1, -0.8, -0.6, 0.7, 0.9, 1.2, 1.4)


def build(a, b):
    u = a * b
    p = u.tanh()
    q = u**3
    y = p * q
    u.label, p.label, q.label, y.label = "u", "p", "q", "y"
    return a, b, u, p, q, y


@pytest.mark.parametrize("seed", range(6))
def test_every_node_of_the_diamond_has_the_right_gradient(seed):
    first, second = random.Random(seed).sample(NUMBERS, 2)
    nodes = hand_graph(build, a=first, b=second)
    with by_hand():
        backward(*nodes)
    check_gradients(nodes[-1], call="backward(a, b, u, p, q, y) with u = a*b, p = tanh(u), q = u**3, y = p*q")
