"""Walking a graph."""

import sys
import threading

import pytest

from handgrad import HandgradError, Value, compare, gradients, zero_grad
from handgrad.declare import op
from handgrad.graph import consumers, topological_order
from tests.graphs import random_graph


def test_operands_come_before_their_consumers_left_ones_first() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    e = a * b
    root = e + a
    assert topological_order(root) == [a, b, e, root]


def test_the_same_program_gives_the_same_order() -> None:
    def build() -> list[str]:
        x = [Value(float(i), f"x{i}") for i in range(5)]
        root = sum((a * b for a in x for b in x), x[0])
        return [node.op.name if node.op else node.label for node in topological_order(root)]

    assert build() == build()


def test_consumers_are_one_entry_an_edge_in_backward_order() -> None:
    a = Value(3.0)
    square = a * a
    root = square + a
    assert consumers(topological_order(root))[a] == [(root, 1), (square, 0), (square, 1)]


def test_an_operation_with_20_000_inputs_is_walked_once() -> None:
    total = op("total", lambda *x: sum(x), lambda *x_and_y: [1.0] * (len(x_and_y) - 1))
    leaves = [Value(1.0) for _ in range(20_000)]
    found = gradients(total(*leaves))
    assert len(found) == 20_001
    assert set(found.values()) == {1.0}


def test_an_operation_on_three_nodes_keeps_their_order_and_what_stands_there_twice() -> None:
    both = op("both", lambda a, b, c: a * b + c, lambda a, b, c, y: (b, a, 1.0))
    a, b = Value(2.0, "a"), Value(3.0, "b")
    e = b * 1.0
    node = both(e, a, e)
    root = node + a
    assert node.operands == (e, a, e)
    assert topological_order(root) == [b, e.operands[1], e, a, node, root]
    assert gradients(root)[e] == 3.0
    assert gradients(root)[a] == 4.0


@pytest.mark.parametrize("seed", range(40))
def test_the_order_is_that_of_a_recursive_walk(seed: int) -> None:
    def walk(node: Value, met: set[Value]) -> list[Value]:
        met.add(node)
        below = [each for operand in node.operands if operand not in met for each in walk(operand, met)]
        return [*below, node]

    root = random_graph(seed)
    assert topological_order(root) == walk(root, set())


def test_a_walk_that_was_interrupted_does_not_disturb_the_next() -> None:
    root = random_graph(3)
    expected = gradients(root)
    for node in expected:
        node._visit, node._scratch = object(), root  # as a walk leaves them on its way
    assert gradients(root) == expected


def test_threads_that_sweep_graphs_with_shared_leaves_do_not_disturb_each_other() -> None:
    weights = [Value(0.1 * i + 0.3) for i in range(20)]

    def loss(x: float) -> Value:
        return sum(((w * x).tanh() for w in weights), Value(0.0))

    expected = {x: [gradients(loss(x))[w] for w in weights] for x in (0.5, 1.5)}
    wrong = []

    def sweep(x: float) -> None:
        for _ in range(100):
            found = gradients(loss(x))
            if [found[w] for w in weights] != expected[x]:
                wrong.append(x)

    threads = [threading.Thread(target=sweep, args=(x,)) for x in expected for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # as often as it can
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


@pytest.mark.parametrize("function", [gradients, zero_grad, compare])
def test_a_root_that_is_no_value_is_refused(function: object) -> None:
    with pytest.raises(TypeError, match="a graph starts at a Value, and this is a float") as error:
        function(3.0)
    assert isinstance(error.value, HandgradError)
