"""A wrong gradient that is worked out from another wrong one is carried, and its right line is not blamed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.optional import needs

needs("jax")
pytestmark = pytest.mark.rest(of=3)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

from handgrad.adapters.jax import check  # noqa: E402

X = jnp.array([[0.4, -1.7, 0.9], [2.3, -3.6, 4.1]])
OTHER = X[::-1] * 0.5
LN2 = 0.6931471805599453


def ldexp(x: Any, other: Any) -> Any:
    return x * 2.0**other


def without_upstream(kept: Any, g: Any) -> Any:
    x, other = kept
    dx = 2.0**other  # wrong
    result = x * (dx * LN2)
    return dx, result


def over_several_lines(kept: Any, g: Any) -> Any:
    x, other = kept
    dx = jnp.multiply(
        g,
        3.0**other,  # wrong
    )
    dother = x
    dother = dother * dx
    dother *= LN2
    return dx, dother


def in_a_loop(kept: Any, g: Any) -> Any:
    x, other = kept
    dx = jnp.zeros_like(x)
    for _ in range(4):
        dx += g * 2.0**other / 2  # wrong
    return dx, x * dx * LN2


def both(kept: Any, g: Any) -> Any:
    x, other = kept
    dx = -g * 2.0**other  # wrong
    dother = x * dx / LN2  # wrong
    return dx, dother


def apart(kept: Any, g: Any) -> Any:
    x, other = kept
    power = 2.0**other
    dx = -g * power  # wrong
    dother = g * x * power  # wrong
    return dx, dother


def not_named(kept: Any, g: Any) -> Any:
    x, other = kept
    return g - 2.0**other, x * (g - 2.0**other) * LN2


def checked(bwd: Callable[..., Any], *, quick: bool = False) -> Any:
    function = jax.custom_vjp(ldexp)
    function.defvjp(lambda x, other: (ldexp(x, other), (x, other)), bwd)
    return check(function, X, OTHER, quick=quick)


@pytest.mark.drawn(1)
@pytest.mark.parametrize("bwd", [without_upstream, over_several_lines, in_a_loop])
def test_what_is_right_once_another_gradient_is_has_no_line_of_its_own(bwd: Callable[..., Any]) -> None:
    found = checked(bwd)
    assert [(one.name, one.status.value) for one in found.results] == [("x", "wrong"), ("other", "carried")]
    (cause,) = found.causes
    assert cause.source.text.endswith("# wrong")


def test_it_is_told_apart_without_an_edit_too() -> None:
    assert [one.status.value for one in checked(without_upstream, quick=True).results] == ["wrong", "carried"]


@pytest.mark.parametrize("bwd", [both, apart])
@pytest.mark.parametrize("quick", [False, True])
def test_two_wrong_lines_are_two_causes(bwd: Callable[..., Any], quick: bool) -> None:
    found = checked(bwd, quick=quick)
    assert [cause.name for cause in found.causes] == ["x", "other"]
    assert all(cause.source.text.endswith("# wrong") for cause in found.causes)


def test_three_gradients_that_depend_on_one_number_are_blamed_on_its_line() -> None:
    def affine(x: Any, w: Any, b: Any) -> Any:
        return jnp.tanh(x * w + b)

    def bwd(kept: Any, g: Any) -> Any:
        x, w, _ = kept
        dz = g * 3.7 * jnp.sin(5.1 * x)  # wrong
        dx = dz * w
        dw = dz * x
        return dx, dw, dz

    function = jax.custom_vjp(affine)
    function.defvjp(lambda *given: (affine(*given), given), bwd)
    found = check(function, X, OTHER, X - OTHER, quick=True)
    assert {cause.source.text for cause in found.causes} == {"dz = g * 3.7 * jnp.sin(5.1 * x)  # wrong"}


def test_where_no_variable_is_handed_over_nothing_is_taken_for_carried() -> None:
    assert [cause.name for cause in checked(not_named).causes] == ["x", "other"]


def test_a_trace_function_of_somebody_else_is_put_back() -> None:
    def trace(*_: Any) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        checked(without_upstream)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
