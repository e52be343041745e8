"""A mean's division that is made once, at the leaves, is a convention; anything else off by a constant is a mistake."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Comparison, Status, Value, compare, label, manual
from handgrad.arrays import array
from handgrad.graph import topological_order
from handgrad.verdict.convention import counts

M = 12


def network(factors: dict[str, float], *, blank: tuple[str, ...] = ()) -> Comparison:
    """A two-layer network with mean cross-entropy, as the course has it; each gradient is multiplied by a factor."""
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(M, 4)), rng.integers(0, 2, (M, 1)).astype(float)
    with manual():
        W1, b1 = array(rng.normal(size=(4, 5)), "W1"), array(rng.normal(size=(1, 5)), "b1")
        W2, b2 = array(rng.normal(size=(5, 1)), "W2"), array(rng.normal(size=(1, 1)), "b2")
        Z1 = label(X @ W1 + b1, "Z1")
        A1 = label(Z1.tanh(), "A1")
        Z2 = label(A1 @ W2 + b2, "Z2")
        A2 = label(Z2.sigmoid(), "A2")
        loss = -(Y * A2.log() + (1.0 - Y) * (1.0 - A2).log()).mean()
    dZ2 = (A2.data - Y) / M
    dA1 = dZ2 @ W2.data.T
    dZ1 = dA1 * (1.0 - A1.data**2)
    right = {
        Z2: dZ2, A1: dA1, Z1: dZ1,
        W2: A1.data.T @ dZ2, b2: dZ2.sum(0, keepdims=True), W1: X.T @ dZ1, b1: dZ1.sum(0, keepdims=True),
    }  # fmt: skip
    for node, gradient in right.items():
        if node.label not in blank:
            node.grad = factors.get(node.label, 1.0) * gradient
    return compare(loss, nodes=list(right))


INTERIOR = {"Z2": float(M), "A1": float(M), "Z1": float(M)}


def test_the_division_at_the_leaves_alone_is_a_convention():
    comparison = network(INTERIOR)
    assert comparison.ok
    assert comparison.remark.startswith("Z2, A1 and Z1 hold 12 times the gradient, and every leaf is right")
    assert "That is a convention" in " ".join(str(comparison).split())


def test_nodes_left_blank_between_change_nothing():
    assert not network(INTERIOR, blank=("A1",)).causes
    assert network(INTERIOR, blank=("A1",)).remark.startswith("Z2 and Z1 hold 12 times")


@pytest.mark.parametrize(
    "factors",
    [
        {**INTERIOR, "W1": float(M)},  # a leaf is off too
        {"Z2": float(M), "A1": float(M)},  # an interior node is right
        {**INTERIOR, "Z1": 2.0 * M},  # not one factor
        {"Z2": 7.0, "A1": 7.0, "Z1": 7.0},  # nothing here is taken seven times
        {"Z2": -float(M), "A1": -float(M), "Z1": -float(M)},
        {"Z2": 1.0 / M, "A1": 1.0 / M, "Z1": 1.0 / M},
    ],
)
def test_anything_else_is_a_mistake(factors):
    comparison = network(factors)
    assert not comparison.ok
    assert comparison.remark == ""
    assert comparison.causes


def test_without_a_leaf_that_says_so_it_is_a_mistake():
    comparison = network(INTERIOR, blank=("W1", "b1", "W2", "b2"))
    assert [result.status for result in comparison.causes] == [Status.WRONG]


def test_a_single_node_that_is_doubled_beside_a_square_is_a_mistake():
    with manual():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], "x"), array([[0.5], [-2.0]], "w")
        y = label(x @ w, "y")
        loss = (y**2).sum()
    dy = 2.0 * y.data
    y.grad, x.grad, w.grad = 2.0 * dy, dy @ w.data.T, x.data.T @ dy
    assert [result.name for result in compare(loss).causes] == ["y"]


def test_logistic_regression_with_one_interior_array_follows_the_convention_too():
    assert network({"Z2": float(M)}, blank=("A1", "Z1", "W1", "b1")).remark.startswith("Z2 holds 12 times")


@pytest.mark.parametrize(
    ("write", "found"),
    [
        (lambda x: x.mean(), {6}),
        (lambda x: x.mean(0).sum(), {2}),
        (lambda x: x.sum() / 12, {12}),
        (lambda x: x.sum() * (1.0 / 7.0), {7}),
        (lambda x: 0.25 * x.sum(), {4}),
        (lambda x: x.sum() / 2.5, set()),
        (lambda x: (x * np.full((2, 3), 5.0)).sum(), set()),
        (lambda x: x.sum() * 0.0, set()),
        (lambda x: x.sum() ** 9, set()),
    ],
)
def test_a_mean_is_taken_over_what_is_divided_by_however_it_is_written(write, found):
    root = write(array(np.ones((2, 3))))
    counted = counts(topological_order(root)[::-1])
    assert found <= counted
    assert counted - {1} == found


def halved(factor: float, total: float) -> Comparison:
    """y = x @ w with two rows, and the squares of y over `total`; y alone is off."""
    with manual():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], "x"), array([[0.5], [-2.0]], "w")
        y = label(x @ w, "y")
        loss = (y**2).sum() / total
    dy = 2.0 * y.data / total
    y.grad, x.grad, w.grad = factor * dy, dy @ w.data.T, x.data.T @ dy
    return compare(loss)


def test_of_two_examples_the_factor_is_2():
    assert halved(2.0, 2.0).remark.startswith("y holds 2 times the gradient")


def test_one_array_alone_must_have_a_row_for_each_of_the_examples():
    comparison = halved(7.0, 7.0)
    assert comparison.remark == ""
    assert [result.name for result in comparison.causes] == ["y"]


def test_numbers_may_follow_a_convention_too_where_there_are_several_of_them():
    def found(factors: tuple[float, float]) -> Comparison:
        with manual():
            w, b = Value(0.7, "w"), Value(0.2, "b")
            u = label(w * 1.9, "u")
            v = label(u + b, "v")
            loss = (v * v) / 8
        dv = 2.0 * v.data / 8
        v.grad, u.grad, w.grad, b.grad = factors[0] * dv, factors[1] * dv, 1.9 * dv, dv
        return compare(loss, nodes=[u, v, w, b])

    assert found((8.0, 8.0)).remark.startswith("v and u hold 8 times the gradient")
    assert found((8.0, 4.0)).remark == ""
    assert found((8.0, 8.001)).remark == ""
    assert found((1.0, 8.0)).remark == ""
