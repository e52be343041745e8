"""Backward passes on graphs whose shared nodes are met early and late."""

import random

import pytest
from first_visit import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def tree(x, y):
    """L = tanh(x*y) + x"""
    return (x * y).tanh() + x


def shared_leaf(x, y):
    """L = (x + x)*x*y"""
    return (x + x) * x * y


def late(x, y):
    """L = tanh(d)*d, d = x*y"""
    d = x * y
    d.label = "d"
    return d.tanh() * d


def early(x, y):
    """L = d*tanh(d), d = x*y"""
    d = x * y
    d.label = "d"
    return d * d.tanh()


def further_down(x, y):
    """L = d*y + e*tanh(e*y + d), d = x - y, e = exp(d)"""
    d = x - y
    e = d.exp()
    d.label, e.label = "d", "e"
    return d * y + e * (e * y + d).tanh()


def early_twice(x, y):
    """L = e*x + exp(e*d), d = x*y, e = d + tanh(d)*x"""
    d = x * y
    e = d + d.tanh() * x
    d.label, e.label = "d", "e"
    return e * x + (e * d).exp()


GRAPHS = (tree, shared_leaf, late, early, further_down, early_twice)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_every_gradient_is_right(graph, seed):
    rng = random.Random(seed)
    L = hand_graph(graph, x=rng.uniform(0.6, 0.9), y=-rng.uniform(0.3, 0.5))
    L.label = "L"
    with by_hand(rules=True):
        backward(L)
    check_gradients(L, call=f"backward(L) on {graph.__doc__}", by_walk=True)
