"""The marked backward pass on random numbers."""

import random

import pytest
from marking import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def graph(a, b, c):
    u = a * b
    v = u - c
    h = v.tanh()
    s = h * c
    L = s * a
    for name, node in (("u", u), ("v", v), ("h", h), ("s", s), ("L", L)):
        node.label = name
    return a, b, c, u, v, h, s, L


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_node_is_right(seed):
    rng = random.Random(seed)
    a, b, c = (rng.choice((-1, 1)) * rng.uniform(*sizes) for sizes in ((0.6, 0.9), (1.2, 1.5), (0.3, 0.5)))
    nodes = hand_graph(graph, a=a, b=b, c=c)
    with by_hand():
        backward(*nodes)
    check_gradients(nodes[-1], call="backward(a, b, c, u, v, h, s, L)")
