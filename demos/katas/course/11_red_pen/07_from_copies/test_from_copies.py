"""The small engine on graphs that hold every operation."""

import random

import pytest
from from_copies import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def exponential(x, y):
    """L = exp(x) + y"""
    return x.exp() + y


def product(x, y):
    """L = x*y"""
    return x * y


def difference(x, y):
    """L = x - y"""
    return x - y


def all_of_them(x, y):
    """L = t - d*x + y, t = x*tanh(e), d = tanh(x) - y, e = exp(d)*y"""
    d = x.tanh() - y
    e = d.exp() * y
    t = x * e.tanh()
    d.label, e.label, t.label = "d", "e", "t"
    return t - d * x + y


GRAPHS = (exponential, product, difference, all_of_them)


def backward_order(root):
    """The root first, each node before its operands: what is done last is met first."""
    order, done, stack = [], set(), [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        if is_ready:
            order.append(node)
        elif node not in done:
            done.add(node)
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(node.operands))
    return order[::-1]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("build", GRAPHS, ids=lambda build: build.__name__)
def test_every_rule(build, seed):
    rng = random.Random(seed)
    L = hand_graph(build, x=rng.uniform(0.3, 0.7), y=-rng.uniform(0.8, 0.95))
    L.label = "L"
    with by_hand():
        backward(backward_order(L))
    check_gradients(L, call=f"backward(order) on {build.__doc__}", by_walk=True)
