"""A mean's division that is made once, at the leaves, is a convention; anything else off by a constant is a mistake."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Comparison, Status, compare, label, manual
from handgrad.arrays import array

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
