"""Checks the hand-written gradients of a neuron of two inputs."""

import random

import pytest
from neuron import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph

# No 0 or 1, no two of one size, and small, so that tanh keeps a slope.
NUMBERS = (-0.95, -0.75, -0.6, -0.45, 0.5, 0.65, 0.8, 0.9)


def build(x1, w1, x2, w2, b):
    p1 = x1 * w1
    p2 = x2 * w2
    s = p1 + p2
    n = s + b
    o = n.tanh()
    p1.label, p2.label, s.label, n.label, o.label = "p1", "p2", "s", "n", "o"
    return x1, w1, x2, w2, b, p1, p2, s, n, o


@pytest.mark.parametrize("seed", range(6))
def test_every_node_of_the_neuron_has_the_right_gradient(seed):
    x1, w1, x2, w2, b = random.Random(seed).sample(NUMBERS, 5)
    nodes = hand_graph(build, x1=x1, w1=w1, x2=x2, w2=w2, b=b)
    with by_hand():
        backward(*nodes)
    check_gradients(nodes[-1], call="backward(x1, w1, x2, w2, b, p1, p2, s, n, o), a neuron with o = tanh(n)")
