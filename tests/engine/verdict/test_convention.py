"""A mean's division that is made once, at the leaves, is a convention; anything else off by a constant is a mistake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad import Comparison, Status, Value, compare, gradients, label, manual
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


def test_one_interior_array_alone_says_too_little():
    comparison = network({"Z2": float(M)}, blank=("A1", "Z1", "W1", "b1"))
    assert comparison.remark == ""
    assert [result.name for result in comparison.causes] == ["Z2"]


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


def test_columns_of_the_output_are_no_examples():
    """X (8, 4) @ W (4, 3): each of three columns has a column of W to itself."""

    def found(rows: int, divide: Any, factor: float) -> Comparison:
        X = np.random.default_rng(3).normal(size=(rows, 4))
        with manual():
            W = array(np.random.default_rng(4).normal(size=(4, 3)), "W")
            h = label(X @ W, "h")
            t = label(h.tanh(), "t")
            loss = divide(t)
        right = gradients(loss)
        h.grad, t.grad, W.grad = factor * right[h], factor * right[t], right[W]
        return compare(loss, nodes=[h, t, W])

    for divide in (lambda t: (t / 3.0).sum(), lambda t: t.sum() / 3.0, lambda t: t.mean(1).sum()):
        assert found(8, divide, 3.0).causes
    for rows, divide, factor in (
        (8, lambda t: (t / 8.0).sum(), 8.0),
        (8, lambda t: t.sum() * (1.0 / 8.0), 8.0),
        (8, lambda t: t.mean(0).sum(), 8.0),
        (8, lambda t: t.mean(), 24.0),
        (3, lambda t: (t / 3.0).sum(), 3.0),
    ):
        assert found(rows, divide, factor).remark.startswith(f"t and h hold {factor:g} times")


def test_examples_may_stand_in_columns():
    rng = np.random.default_rng(5)
    with manual():
        W, b = array(rng.normal(size=(5, 4)), "W"), array(rng.normal(size=(5, 1)), "b")
        Z = label(W @ rng.normal(size=(4, 5)) + b, "Z")
        A = label(Z.tanh(), "A")
        loss = (A**2).sum() / 5.0
    right = gradients(loss)
    Z.grad, A.grad, W.grad, b.grad = 5.0 * right[Z], 5.0 * right[A], right[W], right[b]
    assert compare(loss).remark.startswith("A and Z hold 5 times")


def test_a_temperature_or_half_of_the_squares_is_no_mean_over_examples():
    rng = np.random.default_rng(6)
    X, rows = rng.normal(size=(8, 4)), np.arange(8)
    with manual():
        W = array(rng.normal(size=(4, 2)), "W")
        h = label(X @ W, "h")
        u = label(h * 1.5, "u")
        cold = -(u / 8.0).log_softmax()[rows, rows % 2].sum()
        halved = (u**2).sum() / 2.0
    for loss, factor in ((cold, 8.0), (halved, 2.0)):
        right = gradients(loss)
        u.grad, h.grad, W.grad = factor * right[u], factor * right[h], right[W]
        assert not compare(loss, nodes=[h, u, W]).ok


def test_a_way_to_a_leaf_that_leads_past_every_scaled_node_speaks_against_it():
    def found(past: bool) -> Comparison:
        rng = np.random.default_rng(7)
        with manual():
            W, b = array(rng.normal(size=(4, 3)), "W"), array(rng.normal(size=(1, 3)), "b")
            h = label(rng.normal(size=(8, 4)) @ W, "h")
            u = label(h * 0.5, "u")
            loss = ((u + b) ** 2).sum() / 8.0
        right = gradients(loss)
        u.grad, h.grad, W.grad = 8.0 * right[u], 8.0 * right[h], right[W]
        b.grad = right[b] if past else None
        return compare(loss, nodes=[W, h, u, b] if past else [W, h, u])

    assert found(past=False).remark.startswith("u and h hold 8 times")
    assert found(past=True).causes


def test_a_penalty_beside_the_mean_changes_nothing():
    rng = np.random.default_rng(8)
    with manual():
        W = array(rng.normal(size=(4, 3)), "W")
        h = label(rng.normal(size=(8, 4)) @ W, "h")
        u = label(h.tanh(), "u")
        loss = (u**2).sum() / 8.0 + 0.1 * (W**2).sum()
    right = gradients(loss)
    u.grad, h.grad, W.grad = 8.0 * right[u], 8.0 * right[h], right[W]
    assert compare(loss).remark.startswith("u and h hold 8 times")


def test_rows_of_a_table_that_are_picked_are_examples_too():
    rng = np.random.default_rng(9)
    picked = np.array([0, 3, 3, 5, 1, 2])
    with manual():
        C, W = array(rng.normal(size=(7, 4)), "C"), array(rng.normal(size=(4, 3)), "W")
        e = label(C[picked], "e")
        z = label(e @ W, "z")
        loss = -(z.log_softmax()[np.arange(6), picked % 3]).mean()
    right = gradients(loss)
    z.grad, e.grad, C.grad, W.grad = 6.0 * right[z], 6.0 * right[e], right[C], right[W]
    assert compare(loss).remark.startswith("z and e hold 6 times")


def of_numbers(examples: int, divided: float, factors: tuple[float, float], *, each: bool = False) -> Comparison:
    """The squared error of w*x + b over some examples, by numbers."""
    xs = [0.5, -1.0, 2.0, 1.5, 0.3, -0.7, 1.1, 0.9][:examples]
    with manual():
        w, b = Value(0.7, "w"), Value(0.2, "b")
        us = [label(w * x, f"u{i}") for i, x in enumerate(xs)]
        vs = [label(u + b, f"v{i}") for i, u in enumerate(us)]
        losses = [(v - 1.0) ** 2 for v in vs]
        loss = sum(one / divided for one in losses) if each else sum(losses) / divided
    right = gradients(loss)
    for node in (w, b):
        node.grad = right[node]
    for factor, nodes in zip(factors, (us, vs)):
        for node in nodes:
            node.grad = factor * right[node]
    return compare(loss, nodes=[w, b, *us, *vs])


def test_numbers_may_follow_a_convention_too_where_as_many_are_added_up():
    assert "hold 4 times the gradient" in of_numbers(4, 4.0, (4.0, 4.0)).remark
    assert "hold 4 times the gradient" in of_numbers(4, 4.0, (4.0, 4.0), each=True).remark


@pytest.mark.parametrize(
    ("examples", "divided", "factors"),
    [
        (4, 4.0, (4.0, 2.0)),
        (4, 4.0, (4.0, 4.004)),
        (4, 4.0, (1.0, 4.0)),
        (4, 8.0, (8.0, 8.0)),  # a constant, and no count
        (3, 2.0, (2.0, 2.0)),
        (1, 8.0, (8.0, 8.0)),
    ],
)
def test_of_numbers_any_other_factor_is_a_mistake(examples, divided, factors):
    comparison = of_numbers(examples, divided, factors)
    assert comparison.remark == ""
    assert comparison.causes


@given(seed=st.integers(0, 10_000), factor=st.sampled_from((2.0, 3.0, 4.0, 5.0, 8.0)), rows=st.integers(2, 8))
@settings(max_examples=60)
def test_no_lone_array_off_by_a_factor_is_right(seed, factor, rows):
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(1, 5))
    with manual():
        W = array(rng.normal(size=(4, columns)), "W")
        h = label(rng.normal(size=(rows, 4)) @ W, "h")
        loss = ((h**2) / factor).sum() if seed % 2 else (h.tanh() ** 2).mean() / factor
    right = gradients(loss)
    h.grad, W.grad = factor * right[h], right[W]
    assert not compare(loss).ok
