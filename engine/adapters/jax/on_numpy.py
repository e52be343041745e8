"""User code that is written for JAX, run on NumPy: one edit after the other is tried a hundred times sooner.

JAX dispatches each operation by itself, and compiles it anew for each shape. In the global names of user functions
something stands for JAX and its modules that calls NumPy's function of the same name; what NumPy has not, or refuses,
JAX does all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import tree_leaves, tree_map

from ...repair.user_code import spaces_of

Named = tuple[dict[str, Any], str, Any, Any]
"""A global name: in which space, what it is bound to, and what stands for that."""


class _Array(np.ndarray[Any, Any]):
    """An array of NumPy's that does what JAX's do."""

    __iadd__: Any = np.ndarray.__add__
    __isub__: Any = np.ndarray.__sub__
    __imul__: Any = np.ndarray.__mul__

    @property
    def at(self) -> Any:
        return _At(self)


class _At:
    """What gives a copy with some entries changed, as in `x.at[index].add(value)`."""

    def __init__(self, array: Any) -> None:
        self._array, self._index = array, ()

    def __getitem__(self, index: Any) -> Any:
        self._index = index
        return self

    def __getattr__(self, name: str) -> Any:
        return partial(self._write, np.ndarray.__setitem__ if name == "set" else getattr(np, name).at)

    def _write(self, write: Callable[..., None], value: Any) -> Any:
        changed = np.array(self._array)
        write(changed, self._index, value)
        return convert(changed)


def _softmax(x: Any, axis: Any = -1) -> Any:
    shifted = np.exp(x - np.max(x, axis, keepdims=True))
    return shifted / np.sum(shifted, axis, keepdims=True)


def _scan(step: Any, carry: Any, xs: Any, reverse: bool = False) -> Any:
    found = [None] * len(tree_leaves(xs)[0])
    for at in range(len(found))[:: -1 if reverse else 1]:
        carry, found[at] = step(carry, tree_map(lambda one: one[at], xs))  # noqa: B023 (used at once)
    return carry, tree_map(lambda *each: convert(np.stack(each)), *found)


_OWN: dict[Any, Any] = {
    **{
        there: getattr(own, name)
        for theirs, own in ((jax.lax, np), (jnp, np), (jnp.linalg, np.linalg))
        for name, there in vars(theirs).items()
        if callable(there) and hasattr(own, name) and (theirs is not jax.lax or isinstance(getattr(np, name), np.ufunc))
    },
    jax.lax.scan: _scan,
    jax.lax.rsqrt: lambda x: 1 / np.sqrt(x),
    jax.lax.stop_gradient: lambda x: x,
    jax.nn.relu: lambda x: np.maximum(x, 0),
    jax.nn.sigmoid: lambda x: 1 / (1 + np.exp(-x)),
    jax.nn.silu: lambda x: x / (1 + np.exp(-x)),
    jax.nn.softplus: lambda x: np.logaddexp(x, 0),
    jax.nn.softmax: _softmax,
    jax.nn.one_hot: lambda x, count: np.eye(count)[x],
}
"""By a function of JAX's the one that does the same to NumPy's arrays."""


class _Module:
    """Stands for a module of JAX's."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return _stand_in(getattr(self._module, name))


def _stand_in(thing: Any) -> Any:
    """Return what stands for something of JAX's; anything else as it is."""
    if isinstance(thing, ModuleType):
        return _Module(thing) if thing.__name__.partition(".")[0] == "jax" else thing
    if not callable(thing) or str(getattr(thing, "__module__", "")).partition(".")[0] != "jax":
        return convert(thing) if isinstance(thing, jax.Array) else thing
    own = _OWN.get(thing)
    return own or thing if isinstance(thing, type) else _translate(thing, own)


def _translate(function: Callable[..., Any], own: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Return a function of JAX's that gives NumPy's arrays, computed by its `own` where that can be."""

    def call(*args: Any, **kwargs: Any) -> Any:
        with suppress(Exception):
            found = function(*args, **kwargs) if own is None else own(*args, **kwargs)
            if getattr(found, "dtype", None) != np.dtype(object):  # such as an array of what JAX traces
                return convert(found)
        return convert(function(*args, **kwargs))

    return call


def convert(thing: Any) -> Any:
    """Return arrays of JAX's as NumPy's, which are not written into, and functions that give such."""
    if type(thing) in (tuple, list):
        return type(thing)(map(convert, thing))
    if isinstance(thing, FunctionType):
        return _translate(thing)
    is_array = isinstance(thing, (np.ndarray, jax.Array)) and not isinstance(thing, jax.core.Tracer)
    if not is_array or not isinstance(thing.dtype, np.dtype):  # a key for random numbers is no number
        return thing
    array = np.asarray(thing).view(_Array)
    array.flags.writeable = False
    return array


def stand_ins(functions: Iterable[FunctionType]) -> list[Named]:
    """Return the global names of some functions that are bound to something of JAX's."""
    names = ((space, name, held) for space in spaces_of(functions) for name, held in space.items())
    return [(space, name, held, it) for space, name, held in names if (it := _stand_in(held)) is not held]


@contextmanager
def replace_names(names: Iterable[Named]) -> Iterator[None]:
    """Bind names to what stands for what they are bound to, while this lasts."""
    for space, name, _, stand_in in names:
        space[name] = stand_in
    try:
        yield
    finally:
        for space, name, held, _ in names:
            space[name] = held
