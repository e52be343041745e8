"""NumPy in the place of `jax.numpy`: what is tried a thousand times is not compiled for each operation and shape."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FunctionType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


class Array(np.ndarray):
    """An array that is not written to: what would write to it makes another, as with JAX's."""

    @property
    def at(self) -> Any:
        """Return what makes another array with some entries changed, as in JAX."""
        return _At(self)


def _making_another(operation: Callable[[Any, Any], Any]) -> Any:
    def operate(self: Any, other: Any) -> Any:
        return operation(self, other)

    return operate


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(Array, f"__i{_name}__", _making_another(getattr(operator, _name)))


class _At:
    def __init__(self, array: Any, index: Any = None) -> None:
        self._array, self._index = array, index

    def __getitem__(self, index: Any) -> Any:
        return _At(self._array, index)

    def __getattr__(self, name: str) -> Any:
        change = {"set": None, "add": np.add, "subtract": np.subtract, "multiply": np.multiply}[name]

        def changed(values: Any, **_: Any) -> Any:
            copy = np.array(self._array)
            if change is None:
                copy[self._index] = values
            else:
                change.at(copy, self._index, values)
            return copy.view(Array)

        return changed


def as_array(thing: Any) -> Any:
    """Return JAX's array as one of NumPy's; anything else as it is."""
    is_array = isinstance(thing, (jax.Array, np.ndarray)) and not jnp.issubdtype(thing.dtype, jax.dtypes.extended)
    return np.asarray(thing).view(Array) if is_array else thing


class _Module:
    """What stands for `jax.numpy`."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name, None)
        if found is None or isinstance(found, type) or not callable(found):
            return getattr(jnp, name)
        return _returning(found)


def _returning(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return as_array(function(*args, **kwargs))

    return call


@contextmanager
def standing_in(functions: Iterable[FunctionType]) -> Iterator[None]:
    """Give some functions NumPy in the place of `jax.numpy`.

    Inside, they find it under the name that they have for that.
    """
    spaces = {id(one.__globals__): one.__globals__ for one in functions}.values()
    found = [(space, name) for space in spaces for name, held in space.items() if held is jnp]
    try:
        for space, name in found:
            space[name] = _Module()
        yield
    finally:
        for space, name in found:
            space[name] = jnp
