"""The small engine on graphs in which nodes are used twice."""

import random

import pytest
from overwritten import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def used_once(x, y):
    return (x * y).exp()


def tanh_and_itself(x, y):
    return x.tanh() * y + x


def exp_and_itself(x, y):
    return x.exp() + x * y


def shared_between(x, y):
    d = x * y
    d.label = "d"
    return d.exp() * d + d.tanh()


def square(x, y):
    return (x * x).exp() + x * x * y


def two_exps(x, y):
    return (x * y).exp() * x.exp() + y.exp() * x


def tanh_of_both(x, y):
    s = x + y
    s.label = "s"
    return s.tanh() * x + s.exp() * s


GRAPHS = (used_once, tanh_and_itself, exp_and_itself, shared_between, square, two_exps, tanh_of_both)


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


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("build", GRAPHS, ids=lambda build: build.__name__)
def test_every_use_is_added(build, seed):
    rng = random.Random(seed)
    L = hand_graph(build, x=rng.uniform(0.3, 0.7), y=-rng.uniform(0.8, 0.95))
    L.label = "L"
    with by_hand():
        backward(backward_order(L))
    check_gradients(L, call=f"backward(order) on the graph {build.__name__}", by_walk=True)
