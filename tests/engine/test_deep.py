"""Long chains at the default recursion limit, and other big shapes."""

import gc
import sys

import pytest

from handgrad import Value, big_graph, compare, gradients, manual, zero_grad

LENGTH = 20_000
"""Twenty times as deep as Python's own stack goes."""


@pytest.fixture(scope="module")
def chain() -> Value:
    node = Value(0.0, "start")
    for _ in range(LENGTH):
        node = node + 1.0  # two nodes each: the sum and its constant
    return node


def test_the_recursion_limit_is_the_default_one() -> None:
    assert sys.getrecursionlimit() <= 3000


@pytest.mark.rest
def test_a_chain_of_a_million_nodes_is_built_swept_backward_and_deleted() -> None:
    gc.collect()  # what other tests have left
    with big_graph():
        start = node = Value(3.0)
        for _ in range(999_999):
            node = -node
        node.backward()
    assert (node.data, start.grad) == (-3.0, -1.0)
    del node
    assert gc.collect() == 0  # and without reference cycles: nothing was left to collect


def test_a_long_chain_has_all_its_gradients(chain: Value) -> None:
    found = gradients(chain)
    assert len(found) == 2 * LENGTH + 1
    assert set(found.values()) == {1.0}


def test_a_long_chain_is_compared(chain: Value) -> None:
    chain.backward()
    assert compare(chain).ok
    zero_grad(chain)
    assert not compare(chain, nodes=[chain]).ok


@pytest.mark.rest
def test_a_long_chain_has_a_short_repr_and_table(chain: Value) -> None:
    assert repr(chain) == "Value(data=20000.0, grad=0.0)"
    table = str(compare(chain))
    assert len(table.splitlines()) < 80
    assert "are not shown" in table


def test_one_node_with_2_000_uses_is_judged_and_diagnosed() -> None:
    with manual():
        x = Value(0.5, "x")
        root = x * 1.5
        for i in range(1, 2_000):
            root = root + x * (1.0 + i * 1e-5)
    for node, gradient in gradients(root).items():
        node.grad = gradient
    x.grad = -x.grad
    comparison = compare(root)
    assert [cause.node for cause in comparison.causes] == [x]
    assert comparison[x].slip.kind == "sign"
