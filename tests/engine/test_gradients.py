"""The gradients of a graph, as numbers and as nodes."""

from __future__ import annotations

import pytest

from handgrad import Value, gradients, manual, op
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.rulecheck.slopes import slope
from tests.graphs import random_graph
from tests.operations import BUILT_IN


def test_gradients_writes_nothing_and_starts_at_the_root() -> None:
    root = random_graph(2)
    found = gradients(root)
    assert next(iter(found)) is root
    assert found[root] == 1.0
    assert {node.grad for node in found} == {0.0}


def test_the_gradient_of_a_leaf_by_itself_is_one() -> None:
    assert list(gradients(Value(5.0)).values()) == [1.0]


# Inputs at which every operation has a value, and no kink.
INPUTS = (0.63, 1.37)


def second(operation, place: int, by: int, inputs: tuple[float, ...]) -> float:
    """d/d(input `by`) of the operation's derivative by input `place`, by the graph of the backward pass."""
    nodes = [Value(x) for x in inputs]
    first = gradients(operation(*nodes), graph=True)[nodes[place]]
    return gradients(first).get(nodes[by], 0.0)


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_every_operation_has_second_derivatives_that_central_differences_give(operation):
    inputs = INPUTS[: len(operation.rule)]
    for place in range(len(inputs)):
        for by in range(len(inputs)):

            def first(x: float, place: int = place, by: int = by) -> float:
                moved = [*inputs[:by], x, *inputs[by + 1 :]]
                return operation.derivatives(*moved, operation.forward(*moved))[place]

            assert second(operation, place, by, inputs) == pytest.approx(slope(first, inputs[by]).value, abs=1e-8)


@pytest.mark.parametrize("seed", range(40))
def test_on_random_graphs_the_nodes_hold_the_numbers_that_autodiff_gives(seed):
    root = random_graph(seed)
    numbers, nodes = gradients(root), gradients(root, graph=True)
    assert list(nodes) == [node for node in numbers if not node.is_constant]
    for node, gradient in nodes.items():
        assert gradient.data == pytest.approx(numbers[node], rel=1e-12, abs=1e-300)


def test_the_third_derivative_of_a_power_is_right():
    x = Value(2.0, "x")
    y = x**4
    for expected in (32.0, 48.0, 48.0):
        y = gradients(y, graph=True)[x]
        assert y.data == expected


def test_a_constant_has_no_node_and_a_negative_base_no_exponents_slope():
    x = Value(-3.0, "x")
    y = x**2
    assert list(gradients(y, graph=True)) == [y, x]
    assert gradients(y, graph=True)[x].data == -6.0


def test_the_names_say_what_is_differentiated_by_what():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    L = a * b
    L.label = "L"
    found = gradients(L, graph=True)
    assert [found[node].label for node in (L, a, b)] == ["dL/dL", "dL/da", "dL/db"]


def test_no_grad_is_written_in_either_mode():
    with manual():
        x = Value(2.0, "x")
        y = x * x
    gradients(y, graph=True)
    assert x.grad is y.grad is None


def test_an_operation_of_ones_own_is_differentiated_twice_where_its_rule_works_on_nodes():
    cube = op("cube", lambda x: x**3, lambda x: 3 * x**2)
    x = Value(2.0, "x")
    slope_ = gradients(cube(x), graph=True)[x]
    assert (slope_.data, gradients(slope_)[x]) == (12.0, 12.0)


def test_an_operation_without_a_slope_is_named():
    x = Value(0.0, "x")
    with pytest.raises(DomainError, match="sqrt"):
        gradients((x * 1.0).sqrt(), graph=True)


def test_a_deep_chain_takes_no_recursion():
    x = Value(1.0, "x")
    node = x
    for _ in range(5_000):
        node = node * 1.0001
    gradient = gradients(node, graph=True)[x]
    assert len(topological_order(gradient)) > 5_000


def test_a_gradient_that_two_nodes_share_has_the_name_of_the_first_and_one_without_a_name_has_none():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    inner = a + b
    L = inner.exp() * 2.0
    found = gradients(L, graph=True)
    assert found[a] is found[b] is found[inner]
    assert found[a].label == "db"
    assert found[L.operands[0]].label == ""
