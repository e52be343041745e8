"""NumPy's functions that make arrays of what is no array: while a forward is traced, the user's give Boxes too.

So do SciPy's that are written in Python, and would only see the numbers: each of them is a step without a rule.

Only user modules' names for NumPy are changed, for the time of one run: NumPy itself is left alone, as its compiled
parts look its functions up there too.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...repair.user_code import is_theirs
from .box import Box, boxed, boxes_in, from_parts, node_of, numbers, tried
from .dispatch import by_slopes
from .trace import running

_MAKING = (
    "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like", "eye", "identity", "arange",
    "linspace", "logspace", "diag", "tri", "fromiter", "fromfunction", "loadtxt",
)  # fmt: skip
_TAKING = ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray")
_OF_LISTS = ("sum", "mean", "max", "min", "amax", "amin", "prod", "average", "var", "std")
"""They take a list of numbers for an array, and do not ask what is in it."""


def _while_tracing(original: Callable[..., Any], changed: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def function(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs) if running() is None else changed(*args, **kwargs)

    return function


def _making(original: Callable[..., Any]) -> Callable[..., Any]:
    def make(*args: Any, **kwargs: Any) -> Any:
        if original is np.diag and boxes_in(args):
            return original(*args, **kwargs)
        made = original(*numbers(args), **numbers(kwargs))
        if original.__name__.startswith("empty"):
            made = np.zeros_like(made)
        return _filled(made, args, kwargs) if original.__name__.startswith("full") else boxed(made)

    return make


def _filled(made: Any, args: Any, kwargs: Any) -> Any:
    value = kwargs.get("fill_value", args[1] if len(args) > 1 else None)
    found = boxed(made)
    if type(value) is Box and type(found) is Box:
        found[...] = value
    return found


def _taking(original: Callable[..., Any]) -> Callable[..., Any]:
    def take(thing: Any = None, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        thing = kwargs.pop("object", kwargs.pop("a", thing))
        data = original(numbers(thing), dtype, *args, **kwargs)
        if type(thing) is not Box:
            return from_parts(data, thing) if boxes_in(thing) else boxed(data)
        if data.dtype.kind != "f":
            return data
        is_same = data is thing._data or (original.__name__ != "array" and data.dtype == thing.dtype)
        return thing if is_same else thing.astype(data.dtype)

    return take


def _of_lists(original: Callable[..., Any]) -> Callable[..., Any]:
    def of_list(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], (list, tuple)) and boxes_in(args[0]):
            args = (from_parts(np.array(numbers(args[0])), args[0]), *args[1:])
        return original(*args, **kwargs)

    return of_list


def _strided(x: Any, shape: Any = None, strides: Any = None, **kwargs: Any) -> Any:
    """Return a view by steps in memory, as the entries that it looks at."""
    if type(x) is not Box or not x._data.flags.c_contiguous:
        return as_strided(numbers(x), shape, strides, **kwargs)
    places = np.arange(x._data.size, dtype=np.int64).reshape(x._data.shape)
    steps = None if strides is None else [one * places.itemsize // x._data.itemsize for one in strides]
    return x.reshape(-1)[as_strided(places, shape, steps).copy()]


_ORIGINALS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name) for name in (*_MAKING, *_TAKING, *_OF_LISTS) if hasattr(np, name)
}


def _changed(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    kind = _making if name in _MAKING else _taking if name in _TAKING else _of_lists
    return _while_tracing(original, kind(original))


_OF_MATH = {
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "log2": "log2", "log10": "log10", "sqrt": "sqrt",
    "pow": "power", "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh",
    "atan": "arctan", "asin": "arcsin", "acos": "arccos", "fabs": "fabs",
}  # fmt: skip


def _of_math(name: str) -> Callable[..., Any]:
    original = getattr(math, name)

    @wraps(original)
    def function(*args: Any) -> Any:
        return getattr(np, _OF_MATH[name])(*args) if boxes_in(args) else original(*args)

    return function


class _Beside(ModuleType):
    """A module as user code sees it: some functions are others."""

    def __init__(self, module: ModuleType, functions: Mapping[str, Any]) -> None:
        super().__init__(module.__name__, module.__doc__)
        self._module = module
        vars(self).update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


_CHANGED = {name: _changed(name, original) for name, original in _ORIGINALS.items()}
_STRIDED = _while_tracing(as_strided, _strided)
_STRIDE_TRICKS = _Beside(np.lib.stride_tricks, {"as_strided": _STRIDED})
_LIB = _Beside(np.lib, {"stride_tricks": _STRIDE_TRICKS})
_NUMPY = _Beside(np, {**_CHANGED, "lib": _LIB})
_MATH = _Beside(math, {name: _of_math(name) for name in _OF_MATH})
_INSTEAD = {
    **{_ORIGINALS[name]: function for name, function in _CHANGED.items()},
    **{getattr(math, name): getattr(_MATH, name) for name in _OF_MATH},
    as_strided: _STRIDED,
    np.lib.stride_tricks: _STRIDE_TRICKS,
    np.lib: _LIB,
    np: _NUMPY,
    math: _MATH,
}


def instead_of(thing: Any) -> Any:
    """Return what stands for something in user code while it is traced.

    None for what stays.
    """
    if isinstance(thing, (ModuleType, FunctionType)) and str(_module_of(thing)).partition(".")[0] == "scipy":
        return _OfSciPy(thing, {}) if isinstance(thing, ModuleType) else _step(thing)
    try:
        return _INSTEAD.get(thing)
    except TypeError:  # not to be hashed
        return None


def _module_of(thing: Any) -> Any:
    return thing.__name__ if isinstance(thing, ModuleType) else thing.__module__


class _OfSciPy(_Beside):
    """One of SciPy's modules: of its functions those that are written in Python are steps."""

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        instead = instead_of(found)
        return found if instead is None else instead


def _step(function: Callable[..., Any]) -> Callable[..., Any]:
    name = f"{str(function.__module__).partition('._')[0]}.{function.__name__}"

    @wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        data = function(*numbers(tuple(args)), **numbers(kwargs))
        if running() is None or not any(node_of(one) is not None for one in boxes_in([*args, *kwargs.values()])):
            return data
        return boxed(data, tried(lambda: by_slopes(name, function, args, kwargs), name))

    return step


class Spaces:
    """The global names of user modules, where some stand for NumPy, or for functions of its and of Python's math."""

    def __init__(self) -> None:
        self._before: list[tuple[dict[str, Any], str, Any, Any]] = []
        self._seen: set[int] = set()

    def enter(self, frame: FrameType) -> None:
        """Change the names that a user function is about to use."""
        names = frame.f_globals
        if id(names) in self._seen or not is_theirs(names):
            return
        self._seen.add(id(names))
        for name, thing in list(names.items()):
            instead = instead_of(thing)
            if instead is not None:
                self._before.append((names, name, thing, instead))
                names[name] = instead

    def leave(self) -> None:
        for names, name, thing, instead in reversed(self._before):
            if names.get(name) is instead:
                names[name] = thing


@contextmanager
def making_boxes() -> Iterator[Spaces]:
    """Change what NumPy is for user code.

    `Spaces.enter` is to be called with each of its frames.
    """
    spaces = Spaces()
    imported = builtins.__import__

    def import_for_them(name: str, names: Any = None, *args: Any, **kwargs: Any) -> Any:
        found = imported(name, names, *args, **kwargs)
        instead = instead_of(found) if running() is not None and is_theirs(names or {}) else None
        return found if instead is None else instead

    builtins.__import__ = import_for_them  # type: ignore[assignment]
    try:
        yield spaces
    finally:
        builtins.__import__ = imported
        spaces.leave()
