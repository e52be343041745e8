"""NumPy in the place of `jax.numpy`."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
import pytest

from tests.optional import needs

needs("jax")
pytestmark = pytest.mark.rest

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

from handgrad.adapters.jax.stand_in import as_array, standing_in  # noqa: E402

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])


def summed(x: Any) -> Any:
    return jnp.where(x > 0, jnp.tanh(x), 0.0).sum(0, keepdims=True) @ x.T


def scattered(x: Any) -> Any:
    return jnp.zeros_like(x).at[jnp.array([0, 0])].add(x).at[1, 2].set(7.0).at[0].multiply(2.0)


def added(x: Any) -> Any:
    y = x
    y += 1.0
    return y * x


@pytest.mark.parametrize("function", [summed, scattered, added])
def test_it_gives_what_jax_gives_and_writes_to_nothing(function: FunctionType) -> None:
    x = as_array(X.copy())
    with standing_in([function]):
        found = function(x)
    assert type(found) is type(x)
    np.testing.assert_allclose(found, function(jnp.asarray(X)), rtol=1e-5)
    assert x.tolist() == X.tolist()


def test_afterwards_the_name_is_jax_s_again() -> None:
    with standing_in([summed]):
        assert summed.__globals__["jnp"] is not jax.numpy
    assert summed.__globals__["jnp"] is jax.numpy
