"""The edge of an array: what is passed back, by numbers and as nodes, and how far a mistake reaches."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import gradients
from handgrad.arrays import Array, array, label
from handgrad.arrays.edges import Edge, entrywise, numbers_of, route, summed_to
from handgrad.graph import topological_order

from .samples import gradient, x23


def test_an_operand_used_twice_by_one_operation_gets_both_gradients():
    x = x23()
    assert gradient((x * x).sum(), x) == (2.0 * x.data).tolist()
    assert gradient(np.concatenate([x, x]).sum(), x) == [[2.0] * 3] * 2
    assert gradient(np.einsum("ij,ij->", x, x), x) == (2.0 * x.data).tolist()


def test_an_entry_reaches_where_it_comes_from_and_no_further():
    x = x23()
    for y, touched, expected in (
        (x[0], [True, False, False], [[True, False, False], [False] * 3]),
        (x.T, [[False, True], [False] * 2, [False] * 2], [[False] * 3, [True, False, False]]),
        (x.sum(1), [False, True], [[False] * 3, [True] * 3]),
        (x.softmax(1), [[False, True, False], [False] * 3], [[True] * 3, [False] * 3]),
        (np.tanh(x), [[False, True, False], [False] * 3], [[False, True, False], [False] * 3]),
    ):
        (edge,) = y.op.derivatives(x.data, y.data)
        assert edge.reach(touched).tolist() == expected


def test_a_gradient_of_an_array_is_an_array_node_with_a_name():
    x, w = x23(), array(np.ones((3, 2)), label="w")
    L = label(((x @ w) ** 2).sum(), "L")
    found = gradients(L, graph=True)
    assert isinstance(found[w], Array)
    assert found[w].label == "dL/dw"
    assert {node.op.name for node in topological_order(found[w]) if node.op} >= {"@", "transpose"}


def test_what_is_passed_on_unchanged_makes_no_node():
    x, y = x23(), x23("y")
    found = gradients((x + y).sum(), graph=True)
    assert len(topological_order(found[x])) == 2  # the 1, and its broadcast by the sum


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((2, 3), (1, 3)),
        ((2, 3), (2, 1)),
        ((2, 3), (1, 1)),
        ((4, 2, 3), (2, 1)),
        ((2, 3), ()),
    ],
)
def test_what_was_broadcast_is_summed_back_to_its_shape(given, shape):
    numbers = np.random.default_rng(1).normal(size=given)
    found = summed_to(numbers, shape)
    assert np.shape(found) == shape
    # As the gradient of a broadcast: sum(numbers * broadcast(x)) moves by this with each entry of x.
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape)
    assert np.sum(found * x) == pytest.approx(np.sum(numbers * np.broadcast_to(x, given)))


def test_an_edge_multiplies_by_its_coefficient_and_sums_to_the_operand():
    edge = entrywise((3,), np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]]))
    upstream = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    assert (upstream * edge).tolist() == [2.0, -2.0, 1.0]
    assert (abs(upstream) * abs(edge)).tolist() == [2.0, 2.0, 5.0]
    assert edge.reach(np.array([[True, False, True], [False, False, False]])).tolist() == [True, False, True]


def test_a_result_of_no_shape_is_a_float_and_a_number_may_be_upstream():
    to_one = entrywise((), np.array([1.0, 2.0]))
    assert (np.ones(2) * to_one, type(np.ones(2) * to_one)) == (3.0, float)
    assert (2.0 * route(lambda g: np.broadcast_to(g, (2,)))).tolist() == [2.0, 2.0]


def test_an_edge_has_another_map_for_sizes_where_signs_would_cancel():
    edge = Edge(lambda g, c: g - c * g.sum(), np.full(2, 0.5), sizes=lambda g, c: g + c * g.sum())
    assert (np.ones(2) * edge).tolist() == [0.0, 0.0]
    assert (np.ones(2) * abs(edge)).tolist() == [2.0, 2.0]
    assert edge.reach(np.array([True, False])).tolist() == [True, True]


@pytest.mark.parametrize(
    ("coefficient", "expected"),
    [(1.0, True), (np.inf, False), (np.ones(2), True), (np.array([1.0, np.nan]), False), ((np.ones(2), np.inf), False)],
)
def test_an_edge_is_finite_where_all_its_numbers_are(coefficient, expected):
    assert Edge(lambda g, c: g, coefficient).is_finite is expected


def test_where_the_upstream_gradient_is_a_node_the_coefficient_becomes_one():
    x, upstream = x23(), array(np.ones((2, 3)), "g")
    (edge,) = np.exp(x).op.derivatives(x.data, np.exp(x.data))
    passed = upstream * edge
    assert isinstance(passed, Array)
    assert passed.operands[0] is upstream
    assert passed.operands[1].is_constant
    assert numbers_of(passed).tolist() == np.exp(x.data).tolist()
    assert numbers_of(2.0) == 2.0
