"""NumPy's two protocols: what it hands to us where an array of ours is among the arguments of its functions.

A call goes to `__array_ufunc__` or `__array_function__`, and both look here; what is behind a name says `functions`.
Arrays of Values go through NumPy's own object loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from functools import cache, partial
from inspect import signature
from typing import Any

import numpy as np

from .. import ops
from ..amounts import shape_of
from ..errors import DetachError, HandgradError, UnsupportedFunctionError
from ..names import name_of, named_nodes
from ..value import Value, apply
from . import products, reductions, structure
from .edges import numbers_of
from .entrywise import UFUNCS, lift
from .functions import FUNCTIONS, PLAIN
from .node import Array
from .refusals import UnsupportedArgumentError, unfit

_OWN_UFUNCS: dict[str, Callable[..., Any]] = {
    "clip": FUNCTIONS["clip"],
    "positive": lambda x: x,
    "square": lambda x: lift(ops.POWER)(x, 2),
    "reciprocal": lambda x: lift(ops.DIVIDE)(1, x),
    "matmul": products.MATMUL,
    "vecdot": partial(products.einsum, "...i,...i->..."),
    "matvec": partial(products.einsum, "...ij,...j->...i"),
    "vecmat": partial(products.einsum, "...i,...ij->...j"),
}

_REDUCTIONS: dict[str, Callable[..., Any]] = {
    "add": reductions.total,
    "multiply": reductions.product,
    "maximum": reductions.largest,
    "minimum": reductions.smallest,
    "logaddexp": reductions.log_sum_exp,
}
"""What `np.add.reduce` and the like are."""

_PLAIN_UFUNCS = {
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "isfinite", "isnan", "isinf", "signbit",
    "logical_and", "logical_or", "logical_xor", "logical_not",
}  # fmt: skip
"""They tell something of the data, as plain arrays."""

_HARMLESS = ("casting", "subok", "optimize", "kind")
"""Arguments that change no number."""

_REFUSED = {
    "order": "Entries are read row by row: transpose x first to read it column by column.",
    "out": "A graph keeps each result as a node of its own: write y = np.{0}({1}), without out.",
    "where": "Choose the entries by np.where(mask, x, 0.0) or x[mask], and go on from there.",
    "dtype": "Nodes hold float64 alone: leave it out.",
    "initial": "Add it to the result, or np.concatenate it to x.",
}
_OPERANDS = {1: "x", 2: "a, b", 3: "a, b, c"}
_IN_PLACE = (
    "It writes into an array that is there already, which a graph cannot record. np.where, np.stack, np.concatenate "
    "and a sum make nodes; rows that are added up at whole numbers i are np.eye(n)[i].T @ rows. "
)
_WRITING = {"copyto", "put", "put_along_axis", "place", "putmask", "fill_diagonal"}
_SAVING = {"save", "savez", "savez_compressed", "savetxt", "array2string", "array_repr", "array_str"}


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what NumPy calls for `np.tanh(x)`, `numbers * x`, `np.add.reduce(x)` and the like."""
    name: str = ufunc.__name__
    if method == "__call__":
        for argument in _check_arguments(name, kwargs, len(inputs)):
            raise UnsupportedArgumentError(name, argument, "Leave it out, or work it into the operands first.")
        if name in UFUNCS:
            return lift(UFUNCS[name])(*inputs)
        if name in _OWN_UFUNCS:
            return _OWN_UFUNCS[name](*inputs)
        if name in _PLAIN_UFUNCS:
            return ufunc(*_plain(inputs))
    else:
        full = f"{name}.{method}"
        kwargs = _check_arguments(full, kwargs)
        if method == "at":
            raise UnsupportedFunctionError(full, instead=_IN_PLACE)
        if method == "reduce" and name in _REDUCTIONS:
            return _REDUCTIONS[name](kwargs.get("axis", 0), kwargs.get("keepdims", False))(*inputs)
        if method == "accumulate" and name == "add":
            return FUNCTIONS["cumsum"](*inputs, **{"axis": 0, **kwargs})
        if method == "outer" and name in UFUNCS:
            first, second = inputs
            beside = (*shape_of(first), *[1] * len(shape_of(second)))
            return lift(UFUNCS[name])(structure.reshape(beside)(first), second)
        name = full
    raise _unknown(name, sorted({*UFUNCS, *_OWN_UFUNCS, *_PLAIN_UFUNCS}))


_FLAT = "Its slope is 0 nearly everywhere, so nothing is passed back through it. "
_INSTEAD = {
    **dict.fromkeys(("round", "around", "rint", "floor", "ceil", "trunc", "fix", "floor_divide"), _FLAT),
    "median": "Take the middle of np.sort(x). ",
    "cumprod": "np.exp(np.cumsum(np.log(x))) is the same for numbers above 0. ",
    "block": "Nest np.concatenate. ",
    "nan_to_num": "A node holds no nan: leave it out. ",
}


def _unknown(name: str, known: Iterable[str]) -> UnsupportedFunctionError:
    instead = _INSTEAD.get(name, "")
    return UnsupportedFunctionError(name, () if instead else get_close_matches(name, known, 3), instead)


def _check_arguments(name: str, kwargs: dict[str, Any], count: int = 1) -> dict[str, Any]:
    """Return the arguments that have a rule, without those that change nothing."""
    kept = {}
    for argument, value in kwargs.items():
        is_default = value is None or value is np._NoValue or (argument == "where" and value is True)
        if argument in _REFUSED:
            if argument == "dtype":
                is_default = is_default or np.dtype(value) == np.float64
            if not is_default and not (argument == "order" and value in ("C", "K", "A")):
                raise UnsupportedArgumentError(name, argument, _REFUSED[argument].format(name, _OPERANDS[count]))
        elif argument not in _HARMLESS and value is not np._NoValue:
            kept[argument] = value
    return kept


def _plain(thing: Any) -> Any:
    """Return the numbers of the nodes in an argument."""
    if isinstance(thing, (list, tuple)):
        return type(thing)(map(_plain, thing))
    return numbers_of(thing)


def call_function(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Return what NumPy calls for `np.sum(x)`, `np.concatenate([x, y])` and the like."""
    name: str = f"linalg.{function.__name__}" if "linalg" in function.__module__ else function.__name__
    if name in _SAVING:
        node, _ = next(named_nodes([*args, *kwargs.values()], ""))
        raise DetachError(name_of(node), node.data, f"np.{name}(x)")
    if name in _WRITING:
        raise UnsupportedFunctionError(name, instead=_IN_PLACE)
    if name in PLAIN:
        return function(*_plain(args), **{key: _plain(value) for key, value in kwargs.items()})
    ours = FUNCTIONS.get(name)
    if ours is None:
        raise _unknown(name, FUNCTIONS)
    kwargs = _check_arguments(name, kwargs) if name != "where" else kwargs
    taken = _signature(ours)
    try:
        taken.bind(*args, **kwargs)
    except TypeError:
        unknown = [argument for argument in kwargs if argument not in taken.parameters]
        if not unknown:
            raise
        raise UnsupportedArgumentError(name, unknown[0], "Leave it out, or work it into x first.") from None
    try:
        return ours(*args, **kwargs)
    except (ValueError, IndexError) as error:
        if isinstance(error, HandgradError):
            raise
        raise unfit(name, [node for node, _ in named_nodes(args, "")], error) from error


_signature = cache(signature)


Array.__array_ufunc__ = lambda _, ufunc, method, *inputs, **kwargs: call_ufunc(ufunc, method, inputs, kwargs)
Array.__array_function__ = lambda _, function, types, args, kwargs: call_function(function, args, kwargs)


# On an object array numpy calls the element's operator or its method of the same name, so these make nodes of the
# graph. Another function would detach (np.sign), pick one of the operands and lose the gradient at a tie (np.maximum),
# or has no loop for objects.
_THROUGH_OBJECTS = {
    "add", "subtract", "multiply", "divide", "power", "negative", "positive", "absolute", "exp", "log", "sqrt",
    "sin", "cos", "tanh", "square", "reciprocal", "matmul", "less", "less_equal", "greater", "greater_equal",
    "equal", "not_equal",
}  # fmt: skip
_KNOWN = sorted({*_THROUGH_OBJECTS, *UFUNCS})


def call_ufunc_on_values(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what numpy calls for `np.tanh(v)`, `array * v` and the like."""
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if name not in _KNOWN:
        raise UnsupportedFunctionError(name, get_close_matches(name, _KNOWN, 3))
    wrapped = [np.array(thing, dtype=object) if isinstance(thing, Value) else thing for thing in inputs]
    if name not in _THROUGH_OBJECTS:
        return np.frompyfunc(lambda *entries: apply(UFUNCS[name], entries), len(inputs), 1)(*wrapped, **kwargs)
    return ufunc(*wrapped, **kwargs)
