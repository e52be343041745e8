"""Another exact formula for a slope is right too, also where ours is a difference whose terms cancel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, manual
from handgrad.arrays import array
from handgrad.verdict.rounding import CARRIED, Edges, FloatErrors

SLOPES: dict[str, tuple[float, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tanh": (15.0, lambda x: x.tanh(), lambda x: 1.0 / np.cosh(x) ** 2),
    "sigmoid": (30.0, lambda x: x.sigmoid(), lambda x: 1.0 / (1.0 + np.exp(-x)) / (1.0 + np.exp(x))),
    "expm1": (-40.0, lambda x: x.expm1(), np.exp),
    "softplus": (-40.0, lambda x: x.softplus(), lambda x: np.exp(x) / (1.0 + np.exp(x))),
    "arcsin": (1.0 - 1e-13, np.arcsin, lambda x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x))),
    "arctanh": (1.0 - 1e-13, np.arctanh, lambda x: 1.0 / ((1.0 - x) * (1.0 + x))),
}


@pytest.mark.parametrize("as_array", [False, True], ids=["number", "array"])
@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("through", [False, True], ids=["asked", "blank between"])
def test_the_slope_by_another_exact_formula_is_right(name: str, as_array: bool, through: bool) -> None:
    at, function, slope = SLOPES[name]
    with manual():
        x = array([at, at / 2.0], "x") if as_array else Value(at, "x")
        y = label(function(x * 1.0) * 3.0, "y") if through else label(function(x) * 3.0, "y")
        loss = y.sum() if as_array else y
    x.grad = 3.0 * slope(x.data) * np.ones(x.shape) if as_array else float(3.0 * slope(x.data))
    assert compare(loss, nodes=[x], typed=False).ok


@pytest.mark.parametrize(("at", "factor"), [(12.0, 2.0), (12.0, -1.0), (12.0, 0.0), (3.0, 1.00001)])
def test_a_wrong_slope_of_a_saturated_tanh_is_still_wrong(at: float, factor: float) -> None:
    with manual():
        x = Value(at, "x")
        y = x.tanh()
    x.grad = factor / math.cosh(at) ** 2
    assert not compare(y, nodes=[x], typed=False).ok


@pytest.mark.parametrize("count", [3, 10, 1000])
@pytest.mark.parametrize("name", ["var", "std"])
def test_of_a_constant_array_a_zero_is_right_and_so_is_the_noise_of_the_mean(name: str, count: int) -> None:
    with manual():
        x = array(np.full((2, count), 0.1), "x")
        y = label(getattr(x * np.array([[1.0], [3.0]]), name)(axis=1), "y")
        loss = (y * np.array([1.0, -2.0])).sum()
    if not y.data.all() and name == "std":  # its mean is exact: there is no slope
        return
    x.grad = np.zeros(x.shape)
    comparison = compare(loss, nodes=[x])
    assert comparison.ok
    assert not comparison[x].expected.any()
    by_hand = (x.data - x.data.mean(1, keepdims=True)) * np.array([[2.0], [-12.0]]) / count
    if name == "var":
        x.grad = by_hand
        assert compare(loss, nodes=[x]).ok


def test_a_wrong_slope_of_a_variance_is_still_wrong() -> None:
    with manual():
        x = array([[0.1, 0.1, 0.1], [0.1, 0.2, 0.5]], "x")
        loss = x.var(axis=1).sum()
    right = (x.data - x.data.mean(1, keepdims=True)) * 2.0 / 3.0
    x.grad = right * np.array([[1.0], [1.001]])
    assert not compare(loss, nodes=[x], typed=False).ok
    x.grad = right + np.array([[1e-9], [0.0]])
    assert not compare(loss, nodes=[x], typed=False).ok


def test_the_noise_of_a_long_recurrence_left_blank_hides_no_mistake() -> None:
    rng = np.random.default_rng(0)
    with manual():
        W = array(rng.normal(size=(16, 16)) / 4.0, "W")
        h = array(rng.normal(size=(4, 16)), "h")
        for _ in range(120):
            h = np.tanh(h @ W)
        loss = (h * rng.normal(size=(4, 16))).sum()
    W.grad = gradients(loss)[W] * (1.0 + 1e-12)
    assert compare(loss, nodes=[W], typed=False).ok
    W.grad = 2.0 * W.grad
    assert not compare(loss, nodes=[W], typed=False).ok


@pytest.mark.parametrize("width", [7, 50])
@pytest.mark.parametrize("signs", ["alike", "mixed"])
def test_what_cancels_is_right_however_often_it_is_averaged_through_what_is_blank(width: int, signs: str) -> None:
    rng = np.random.default_rng(0)
    sign = rng.choice([-1.0, 1.0], size=width) if signs == "mixed" else np.ones(width)
    average = np.outer(sign, sign) / width
    upstream = rng.normal(size=width)
    upstream -= average @ upstream
    with manual():
        x = h = array(rng.normal(size=width), "x")
        for _ in range(30):
            h = average @ h
        loss = (h * upstream).sum()
    loss.grad, x.grad = 1.0, np.linalg.matrix_power(average, 30).T @ upstream
    assert compare(loss, nodes=[loss, x], typed=False).ok
    x.grad = 1e-9 * sign
    assert not compare(loss, nodes=[loss, x], typed=False).ok


def test_the_error_of_a_gradient_is_that_of_its_contributions_and_what_is_carried_along() -> None:
    with manual():
        x = Value(2.0, "x")
        y = x * 3.0
        z = y + -4.0 * x
    order, expected = list(gradients(z)), list(gradients(z).values())
    errors = FloatErrors(Edges(order, {}), expected, range(len(order)))
    of_x_alone = FloatErrors(Edges(order, {}), expected, [order.index(x)])
    assert of_x_alone[order.index(x)] == errors[order.index(x)]
    assert dict(of_x_alone) == dict(errors)
    assert errors[order.index(z)] == 1.0
    assert errors[order.index(y)] == 1.0
    assert 7.0 < errors[order.index(x)] < 7.0 + 7.0 * 4.0 * CARRIED
    assert errors.get(len(order)) is None
    assert dict(errors).keys() == set(range(len(order)))


def test_the_error_of_what_no_gradient_that_is_asked_for_comes_through_is_known_too() -> None:
    with manual():
        x, w = Value(2.0, "x"), Value(1.0, "w")
        z = x * 3.0 + w * 2.0 * 5.0
    order, expected = list(gradients(z)), list(gradients(z).values())
    errors = FloatErrors(Edges(order, {}), expected, [order.index(x)])
    assert errors[order.index(x)] >= 3.0
    assert errors[order.index(w)] >= 10.0


@pytest.mark.parametrize("as_array", [False, True], ids=["numbers", "arrays"])
def test_what_follows_from_float_noise_is_noise_though_it_is_filled_in(as_array: bool) -> None:
    """u's gradient is 1 - (0.1 + 0.2 + 0.7), as near to 0 as the order of the sum has it."""
    with manual():
        x = array([0.3], "x") if as_array else Value(0.3, "x")
        u = label(x * 5.0, "u")
        whole = u - (u * 0.1 + u * 0.2 + u * 0.7)
        loss = whole.sum() if as_array else whole
    for written in ((3e-17, -8e-16), (0.0, 2e-16), (-5.55e-17, 0.0)):
        for node, gradient in zip((u, x), written):
            node.grad = np.array([gradient]) if as_array else gradient
        assert compare(loss, nodes=[u, x]).ok, written
    x.grad = np.array([1e-9]) if as_array else 1e-9
    assert [result.name for result in compare(loss, nodes=[u, x]).causes] == ["x"]


def test_huge_numbers_beside_blanks_hide_no_mistake() -> None:
    with manual():
        x, y = Value(0.5, "x"), Value(2.0, "y")
        big = x * 3e11
        L = label(big * y - big * 2.0 - x * 0.8, "L")
    L.grad, x.grad = 1.0, -0.237
    assert [result.name for result in compare(L, nodes=[L, x]).causes] == ["x"]
    x.grad = -0.8
    assert compare(L, nodes=[L, x]).ok


def test_the_sizes_where_all_is_right_are_those_where_something_is_wrong() -> None:
    with manual():
        x, w = array([[1.0, -2.0], [0.5, 3.0]], "x"), array([[0.1, 0.2], [-0.3, 0.4]], "w")
        h = label(np.tanh(x @ w), "h")
        loss = label((h * h).sum(), "loss")
    truth = gradients(loss)
    x.grad, w.grad = truth[x], truth[w]
    right = compare(loss)
    w.grad = 2.0 * truth[w]
    wrong = compare(loss)
    for node in (x, w, h):
        np.testing.assert_allclose(right.size(node), wrong.size(node), rtol=1e-12)
