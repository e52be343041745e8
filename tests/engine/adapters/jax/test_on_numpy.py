"""A rule that is wrong is changed and run on NumPy, where that gives what JAX gives, and else on JAX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.optional import needs

needs("jax")
pytestmark = pytest.mark.rest(of=3)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402

from handgrad.adapters.jax import check  # noqa: E402

X = jnp.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
ROWS = jnp.array([[0.5, -1.0], [1.5, 0.3], [2.0, -0.7], [-0.4, 1.2]])
kinds: Counter[bool] = Counter()


def checked(primal: Callable[..., Any], bwd: Callable[..., Any], *args: Any) -> Any:
    function = jax.custom_vjp(primal)
    function.defvjp(lambda *given: (primal(*given), given), bwd)
    return check(function, *args)


def sine(x: Any) -> Any:
    return jnp.sin(x)


def counted(kept: Any, g: Any) -> Any:
    kinds[isinstance(g, np.ndarray)] += 1
    dx = g * jnp.sin(kept[0])  # wrong
    return (dx,)


def on_jax_alone(kept: Any, g: Any) -> Any:
    if not isinstance(g, jax.Array):
        raise TypeError
    dx = g * jnp.sin(kept[0])  # wrong
    return (dx,)


def test_changes_are_tried_on_numpy_s_arrays() -> None:
    kinds.clear()
    assert checked(sine, counted, X).causes[0].source.text.endswith("# wrong")
    assert kinds[True] > 2 * kinds[False]


def test_what_numpy_cannot_do_is_changed_on_jax() -> None:
    found = checked(sine, on_jax_alone, X)
    assert found.causes[0].source.text.endswith("# wrong")
    assert "jnp.cos(kept[0])" in found.patch


def summed(x: Any) -> Any:
    return lax.scan(lambda total, row: (total + row, total * row), jnp.zeros(2), x)[1]


def summed_back(kept: Any, g: Any) -> Any:
    def step(dtotal: Any, here: Any) -> Any:
        dproduct, row, total = here
        drow = dtotal + dproduct * total + 0.0 * row
        dtotal += dproduct  # wrong
        return dtotal, drow

    (x,) = kept
    before = jnp.cumsum(x, axis=0) - x
    return (lax.scan(step, jnp.zeros(2), (g, x, before), reverse=True)[1],)


def picked(x: Any, index: Any) -> Any:
    return jax.nn.softmax(x)[index]


def picked_back(kept: Any, g: Any) -> Any:
    x, index = kept
    probs = jax.nn.softmax(x)
    dprobs = jnp.zeros_like(x).at[index].set(g)  # wrong
    dx = probs * (dprobs - jnp.sum(probs * dprobs, axis=-1, keepdims=True))
    return dx, None


@pytest.mark.parametrize(
    ("primal", "bwd", "args"),
    [(summed, summed_back, (ROWS,)), (picked, picked_back, (X, jnp.array([1, 0, 1])))],
    ids=["a scan", "entries of a copy"],
)
def test_what_jax_alone_has_is_changed_on_jax(primal: Any, bwd: Any, args: Any) -> None:
    found = checked(primal, bwd, *args)
    assert [cause.source.text.endswith("# wrong") for cause in found.causes] == [True]
    assert found.patch


def test_names_are_bound_to_jax_afterwards() -> None:
    checked(sine, counted, X)
    assert (counted.__globals__["jnp"], counted.__globals__["lax"]) == (jax.numpy, jax.lax)


def scaled(x: Any, w: Any) -> Any:
    return jnp.tanh(x @ w * 0.3)


def scaled_back(kept: Any, g: Any) -> Any:
    x, w = kept
    dz = g * (1 - jnp.tanh(x @ w * 0.3) ** 2)
    dx = (dz * 0.3) @ w.T
    dw = jnp.einsum("nd,nk->dk", x, dz)  # wrong
    return dx, dw


def doubled(x: Any, w: Any) -> Any:
    return scaled(jnp.repeat(x, 2, axis=1), jnp.repeat(w, 2, axis=0))


def summed_in_pairs(dw: Any, count: int) -> Any:
    return dw.reshape(len(dw) // count, count, -1).sum(axis=1)


def scaled_by_name(kept: Any, g: Any) -> Any:
    (x, w), scale = kept, 0.3
    x, w = jnp.repeat(x, 2, axis=1), jnp.repeat(w, 2, axis=0)
    dz = g * (1 - jnp.tanh(x @ w * scale) ** 2)
    dx = (dz * scale) @ w.T
    dw = jnp.einsum("nd,nk->dk", x, dz)  # wrong
    return summed_in_pairs(dx.T, 2).T, summed_in_pairs(dw, 2)


def test_a_factor_of_the_forward_that_is_missing_is_put_in() -> None:
    assert "x, dz) * 0.3  # wrong" in checked(scaled, scaled_back, X, jnp.eye(3) + X[:1]).patch


def test_a_line_that_computes_is_told_before_the_one_that_returns() -> None:
    (cause,) = checked(doubled, scaled_by_name, ROWS, ROWS.T).causes
    assert cause.source.text.endswith("# wrong")
    assert f"either line {cause.source.line} or line {cause.source.line + 1}" in cause.slip.message


def gated(x: Any, z: Any) -> Any:
    return x * jax.nn.sigmoid(z)


def gated_twice(kept: Any, g: Any) -> Any:
    x, s = kept[0], jax.nn.sigmoid(kept[1])
    dx = g * s
    ds = dx * x  # wrong
    dz = ds * s * (1.0 - s)
    return dx, dz


def test_a_line_at_which_another_change_does_the_same_is_told_too() -> None:
    (cause,) = checked(gated, gated_twice, X, X[::-1] * 0.7).causes
    wrong = cause.source.line - (not cause.source.text.endswith("# wrong"))
    assert f"It is either line {wrong} or line {wrong + 1}" in cause.slip.message
