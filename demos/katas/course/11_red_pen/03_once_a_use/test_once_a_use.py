"""The backward pass on trees and on graphs with shared nodes."""

import random

import pytest
from once_a_use import backward

from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def tree(x, y):
    return x * y.tanh() + 3


def twice_and_twice(x, y):
    b = x + x
    b.label = "b"
    return b + b


def diamond(x, y):
    d = x * y
    d.label = "d"
    e, f = d.tanh(), d * x
    e.label, f.label = "e", "f"
    return e * f


def shared_in_depth(x, y):
    d = x * y
    e = d + d * x
    f = e * d + e
    d.label, e.label, f.label = "d", "e", "f"
    return f * e


def long_way_and_short_way(x, y):
    d = x - y
    d.label = "d"
    return d + (d.tanh() * y).exp()


def ladder(x, y):
    node = x
    for i in range(8):
        node = node * y + node
        node.label = f"n{i}"
    return node


def a_leaf(x, y):
    return x


GRAPHS = (tree, twice_and_twice, diamond, shared_in_depth, long_way_and_short_way, ladder, a_leaf)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("build", GRAPHS, ids=lambda build: build.__name__)
def test_every_gradient_is_complete_before_it_is_passed_on(build, seed):
    rng = random.Random(seed)
    L = hand_graph(build, x=rng.uniform(0.6, 0.9), y=-rng.uniform(0.3, 0.5))
    L.label = L.label or "L"
    with by_hand(rules=True):
        backward(L)
    check_gradients(L, call=f"backward(L) on the graph {build.__name__}", by_walk=True)


def test_a_second_pass_gives_the_same():
    L = hand_graph(diamond, x=0.7, y=-0.4)
    L.label = "L"
    with by_hand(rules=True):
        backward(L)
    first = {
        result.node: result for result in check_gradients(L, call="backward(L) on the graph diamond", by_walk=True)
    }
    with by_hand(rules=True):
        backward(L)
    changed = [node for node in first if node.grad != first[node].actual]
    if changed:
        is_idle = all(node.grad == 0.0 for node in changed)
        raise AssertionError(
            f"Called backward(L) a second time on the graph diamond. {first[changed[0]].name}.grad is "
            f"{changed[0].grad}. Expected what the first pass gave. "
            + (
                "Do the nodes of the first pass still count as visited?"
                if is_idle
                else "What is left of the first pass?"
            )
        )
