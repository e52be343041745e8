"""The stream on random numbers, with both parts of every sum large enough to see."""

import random

import pytest
from residual import residual

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def graph(x, a, b):
    u = a * x
    f = u.tanh()
    y = x + f
    v = b * y
    g = v.tanh()
    z = y + g
    L = z**2
    for name, node in (("u", u), ("f", f), ("y", y), ("v", v), ("g", g), ("z", z), ("L", L)):
        node.label = name
    return x, a, b, u, f, y, v, g, z, L


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_node_of_the_stream(seed):
    rng = random.Random(seed)
    x, a, b = (rng.choice((-1, 1)) * rng.uniform(*sizes) for sizes in ((0.5, 0.9), (0.4, 0.7), (0.3, 0.6)))
    nodes = hand_graph(graph, x=x, a=a, b=b)
    with by_hand():
        residual(*nodes)
    check_gradients(nodes[-1], call="residual(x, a, b, u, f, y, v, g, z, L)")
