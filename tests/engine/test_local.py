"""One operation where it stands: its local derivatives, and the errors where it has none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value, op
from handgrad.arrays import array
from handgrad.arrays.edges import Edge
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.local import is_finite, local_derivatives, no_derivative, no_value, settle
from handgrad.manual import ByHandError, by_hand
from handgrad.names import Names
from handgrad.ops import LOG


def test_a_leaf_has_none_and_an_operation_one_an_operand():
    a, b, c = Value(2.0, "a"), Value(5.0, "b"), Value(-1.0, "c")
    middle = op("middle", lambda *x: sorted(x)[1], lambda *x: [float(one == x[-1]) for one in x[:-1]])
    assert tuple(local_derivatives(a)) == ()
    assert tuple(local_derivatives(a * b)) == (5.0, 2.0)
    assert tuple(local_derivatives(a.exp())) == (math.exp(2.0),)
    assert tuple(local_derivatives(middle(a, b, c))) == (1.0, 0.0, 0.0)


def test_between_arrays_it_is_an_edge():
    (edge,) = local_derivatives(np.exp(array([0.0, 1.0])))
    assert isinstance(edge, Edge)
    assert (np.ones(2) * edge).tolist() == [1.0, math.e]


def test_where_they_are_to_be_worked_out_by_hand_only_rules_that_are_open_are_told():
    node = Value(2.0).exp()
    with by_hand(), pytest.raises(ByHandError, match="own derivatives"):
        local_derivatives(node)
    with by_hand(rules=True):
        assert local_derivatives(node)[0] == node.data


@pytest.mark.parametrize(
    ("gradient", "expected"),
    [
        (1.0, True),
        (-0.0, True),
        (math.nan, False),
        (-math.inf, False),
        (np.array([1.0, -2.0]), True),
        (np.array([1.0, -np.inf]), False),
        (np.array([np.nan]), False),
        (np.zeros((0, 2)), True),
    ],
)
def test_a_gradient_is_finite_where_each_entry_is(gradient, expected):
    assert is_finite(gradient) is expected


def swept(root: Value, **scratch: float) -> list[Value]:
    """The backward order, as a sweep leaves it, with these gradients at the nodes of these labels."""
    order = topological_order(root)[::-1]
    for node in order:
        node._scratch = scratch.get(node.label, 1.0)
    return order


def test_what_nobody_asks_for_is_settled_to_zero():
    x = Value(-3.0, "x")
    root = x**2
    root.operands[1].label = "n"
    order = swept(root, n=math.nan)
    settle(order)
    assert [node._scratch for node in order] == [1.0, 0.0, 1.0]


def test_another_gradient_that_is_not_finite_is_told_by_the_operation_that_has_no_slope():
    x = Value(0.0, "x")
    root = x**0.5 * 3.0
    with pytest.raises(DomainError) as error:
        settle(swept(root, x=math.nan))
    assert (error.value.operation, error.value.node) == ("**", "x**0.5")


def test_where_every_slope_is_finite_the_gradient_overflows():
    x = Value(1.0, "x")
    with pytest.raises(DomainError) as error:
        settle(swept(x * 2.0, x=math.inf))
    assert (error.value.operation, error.value.node) == ("backward", "x")
    assert "it overflows" in str(error.value)


def test_an_operation_without_a_value_names_its_operands_and_where_it_is_defined():
    assert str(no_value(LOG, [Value(-1.0, "x")])) == (
        "'log' has no finite value, with x = -1.0. log needs a number above 0."
    )


def test_an_operation_without_a_slope_names_its_node_too():
    node = Value(0.0, "x").sqrt()
    error = no_derivative(node, Names(node))
    assert (error.operation, error.node, error.inputs) == ("sqrt", "sqrt(x)", (("x", 0.0),))


def test_between_arrays_too_the_operation_is_told_that_has_no_slope_and_not_one_beside_it():
    x, w = array([0.0, 4.0], "x"), array([1.0, 2.0], "w")
    roots = x**0.5
    roots.label = "roots"
    order = topological_order((roots * w).sum() + (x * w).sum())[::-1]
    for node in order:
        node._scratch = np.array([np.inf, 1.0]) if node is x else np.ones(node.shape)
    with np.errstate(all="ignore"), pytest.raises(DomainError) as error:
        settle(order)
    assert (error.value.operation, error.value.node) == ("**", "roots")
