"""What a rule keeps for all calls: each is right by itself, and the whole tells that another's was read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.optional import needs

needs("jax")
pytestmark = pytest.mark.rest

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

from handgrad.adapters.jax import check  # noqa: E402

KEPT: dict[str, Any] = {}
STACK: list[Any] = []
X = jnp.array([0.5, -1.0, 2.0])


@jax.custom_vjp
def tanh(x: Any) -> Any:
    return jnp.tanh(x)


def tanh_fwd(x: Any) -> Any:
    y = jnp.tanh(x)
    KEPT["y"] = y  # wrong
    return y, None


tanh.defvjp(tanh_fwd, lambda _, g: (g * (1 - KEPT["y"] ** 2),))


@jax.custom_vjp
def stacked(x: Any) -> Any:
    return jnp.tanh(x)


def stacked_fwd(x: Any) -> Any:
    STACK.append(jnp.tanh(x))
    return STACK[-1], None


stacked.defvjp(stacked_fwd, lambda _, g: (g * (1 - STACK.pop() ** 2),))


def test_what_is_kept_for_all_calls_is_told_on_the_line_that_saves_it() -> None:
    (cause,) = check(lambda x: jnp.sum(tanh(2 * tanh(x)) ** 2), X).causes
    assert cause.name == "tanh.x"
    assert cause.slip.kind == "in-place"
    assert cause.source.text.endswith("# wrong")


@pytest.mark.parametrize("function", [tanh, lambda x: stacked(2 * stacked(x))])
def test_one_call_or_a_stack_is_let_be(function: Any) -> None:
    assert check(lambda x: jnp.sum(function(x) ** 2), X).ok
