"""NumPy's functions on nodes that hold arrays: its names, and the operation behind each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..amounts import shape_of
from ..graph import is_node
from . import products, reductions, structure
from .edges import numbers_of
from .entrywise import lift
from .making import as_node
from .refusals import UnsupportedArgumentError
from .structure import rearrange

_flatten = structure.reshape(-1)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = a_min if min is None else min, a_max if max is None else max
    if is_node(low) or is_node(high):
        at_least = a if low is None else lift(ops.MAXIMUM)(a, low)
        return at_least if high is None else lift(ops.MINIMUM)(at_least, high)
    return structure.clip(low, high)(a)


def _call_where(condition: Any, *choices: Any) -> Any:
    if not choices:
        return np.where(numbers_of(condition))
    first, second = choices
    return structure.choose(numbers_of(condition))(first, second)


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    # The order of the axes, read off the shape of an array whose every axis has another length.
    lengths = range(2, 2 + len(shape_of(a)))
    moved = np.moveaxis(np.broadcast_to(0.0, lengths), source, destination).shape
    return structure.transpose([n - 2 for n in moved])(a)


def _filling_up(fill_up: Any) -> Callable[..., Any]:
    def function(*arrays: Any) -> Any:
        made = [structure.reshape(fill_up(numbers_of(a)).shape)(a) for a in arrays]
        return made[0] if len(made) == 1 else tuple(made)

    return function


def _joining(function: Any) -> Callable[[Sequence[Any]], Any]:
    return lambda tup: structure.join(function.__name__, function)(*tup)


def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    if axis is None:
        return structure.concatenate(0)(*map(_flatten, arrays))
    return structure.concatenate(axis)(*arrays)


def _splitting(axis: int, divide: Callable[..., Any] = np.split) -> Callable[..., Any]:
    def split(ary: Any, indices_or_sections: Any, axis: int = axis) -> list[Any]:
        x = as_node(ary, "split")
        along = axis % len(x.shape)  # hsplit of one axis splits that
        parts = divide(np.arange(x.shape[along]), indices_or_sections)
        ends = [(int(part[0]), int(part[-1]) + 1) if len(part) else (0, 0) for part in parts]
        return [structure.pick((*(slice(None),) * along, slice(*two)))(x) for two in ends]

    return split


def _pad(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0.0) -> Any:
    if mode == "constant" and np.ndim(constant_values) == 0:
        if isinstance(pad_width, dict):
            pad_width = [pad_width.get(i, (0, 0)) for i in range(len(shape_of(array)))]
        pairs = np.broadcast_to(pad_width, (len(shape_of(array)), 2))
        return structure.pad([(int(i), int(j)) for i, j in pairs], float(constant_values))(array)
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return rearrange("pad", lambda x: np.pad(x, pad_width, mode), f"{pad_width}, {mode}")(array)
    raise UnsupportedArgumentError(
        "pad", "mode", 'Use "constant" with one number, "edge", "reflect", "symmetric" or "wrap".'
    )


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return np.linalg.norm of vectors, and Frobenius' of matrices."""
    is_vector = isinstance(axis, (int, np.integer)) or (axis is None and (ord is None or len(shape_of(x)) == 1))
    if ord is None or ord == "fro" or (ord == 2 and is_vector):
        return reductions.norm(axis, keepdims)(x)
    if not is_vector or isinstance(ord, str):
        raise UnsupportedArgumentError(
            "linalg.norm", "ord", "Of a matrix, only the root of the summed squares is known."
        )
    sizes = lift(ops.ABS)(x)
    if math.isinf(ord):
        return (reductions.largest if ord > 0 else reductions.smallest)(axis, keepdims)(sizes)
    if ord == 1:
        return reductions.total(axis, keepdims)(sizes)
    return reductions.total(axis, keepdims)(sizes ** float(ord)) ** (1.0 / ord)


def _inner(a: Any, b: Any) -> Any:
    first, second = len(shape_of(a)), len(shape_of(b))
    return products.tensordot(a, b, (first - 1, second - 1)) if first and second else products.dot(a, b)


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    before = (slice(None),) * (axis % len(shape_of(a)))
    for _ in range(n):
        a = a[(*before, slice(1, None))] - a[(*before, slice(None, -1))]
    return a


def _average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return reductions.mean(axis, keepdims)(a)
    if shape_of(weights) != shape_of(a):
        raise UnsupportedArgumentError("average", "weights", "Give it the shape of x: weights[:, None] for rows.")
    total = reductions.total(axis, keepdims)
    return total(lift(ops.MULTIPLY)(a, weights)) / total(weights)


def _windows(x: Any, window_shape: Any, axis: Any = None) -> Any:
    view = np.lib.stride_tricks.sliding_window_view
    return rearrange("index", lambda a: view(a, window_shape, axis), f"windows of {window_shape}")(x)


def _make_reduction(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, axis=None, *, keepdims=False: operation(axis, keepdims)(a)


def _make_spread(operation: Callable[..., Any]) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False, correction: float = 0) -> Any:
        return operation(axis, ddof or correction, keepdims)(a)

    return function


def _make_rearrangement(function: Any) -> Callable[..., Any]:
    """Return a NumPy function that only moves entries, with its own parameters."""

    def move(m: Any, *args: Any, **kwargs: Any) -> Any:
        said = [*map(str, args), *(f"{key}={value}" for key, value in kwargs.items())]
        return rearrange(function.__name__, lambda x: function(x, *args, **kwargs), ", ".join(said))(m)

    return move


FUNCTIONS: dict[str, Callable[..., Any]] = {
    # along axes
    "sum": _make_reduction(reductions.total),
    "mean": _make_reduction(reductions.mean),
    **dict.fromkeys(("max", "amax"), _make_reduction(reductions.largest)),
    **dict.fromkeys(("min", "amin"), _make_reduction(reductions.smallest)),
    "prod": _make_reduction(reductions.product),
    "var": _make_spread(reductions.var),
    "std": _make_spread(reductions.std),
    "ptp": lambda a, axis=None, keepdims=False: (
        reductions.largest(axis, keepdims)(a) - reductions.smallest(axis, keepdims)(a)
    ),
    "average": _average,
    "cumsum": lambda a, axis=None: as_node(a, "cumsum").cumsum(axis),
    "diff": _diff,
    "linalg.norm": _norm,
    "linalg.vector_norm": lambda x, axis=None, keepdims=False, ord=2: _norm(
        x if axis is not None else _flatten(x), ord, axis, keepdims
    ),
    # in other shapes
    "reshape": lambda a, shape: structure.reshape(shape)(a),
    "ravel": _flatten,
    "squeeze": lambda a, axis=None: structure.squeeze(axis)(a),
    "expand_dims": lambda a, axis: structure.expand_dims(axis)(a),
    "transpose": lambda a, axes=None: structure.transpose(axes)(a),
    **dict.fromkeys(("matrix_transpose", "linalg.matrix_transpose"), lambda x: as_node(x, "matrix_transpose").mT),
    "swapaxes": lambda a, axis1, axis2: as_node(a, "swapaxes").swapaxes(axis1, axis2),
    "moveaxis": _moveaxis,
    "rollaxis": lambda a, axis, start=0: _moveaxis(a, axis, start if start <= axis else start - 1),
    "broadcast_to": lambda array, shape: structure.broadcast(tuple(np.atleast_1d(shape)))(array),
    **{fill_up.__name__: _filling_up(fill_up) for fill_up in (np.atleast_1d, np.atleast_2d, np.atleast_3d)},
    "copy": structure.copy(),
    "full_like": lambda a, fill_value: (
        structure.broadcast(shape_of(a))(fill_value) if is_node(fill_value) else np.full(shape_of(a), fill_value)
    ),
    # together and apart
    "concatenate": _concatenate,
    "stack": lambda arrays, axis=0: structure.stack(axis)(*arrays),
    **{join.__name__: _joining(join) for join in (np.vstack, np.hstack, np.dstack, np.column_stack)},
    "append": lambda arr, values, axis=None: _concatenate((arr, values), axis),
    "split": _splitting(0),
    "array_split": _splitting(0, np.array_split),
    "hsplit": _splitting(1),
    "vsplit": _splitting(0),
    "unstack": lambda x, axis=0: tuple(_moveaxis(x, axis, 0)),
    "pad": _pad,
    # picked and put elsewhere
    "where": _call_where,
    "clip": _clip,
    "take": lambda a, indices, axis=None, *, mode="raise": structure.take(indices, axis, mode)(a),
    "take_along_axis": lambda arr, indices, axis=-1: structure.take_along(indices, axis)(arr),
    "compress": lambda condition, a, axis=None: structure.take(np.flatnonzero(condition), axis)(a),
    "sort": lambda a, axis=-1: structure.take_along(np.argsort(numbers_of(a), axis, kind="stable"), axis)(a),
    "repeat": lambda a, repeats, axis=None: structure.repeat(repeats, axis)(a),
    **{one.__name__: _make_rearrangement(one) for one in (np.tile, np.roll, np.flip, np.flipud, np.fliplr, np.rot90)},
    "diagonal": lambda a, offset=0, axis1=0, axis2=1: structure.diagonal(offset, axis1, axis2)(a),
    "diag": lambda v, k=0: (structure.diagonal_matrix if len(shape_of(v)) == 1 else structure.diagonal)(k)(v),
    "tril": lambda m, k=0: structure.triangle("tril", k)(m),
    "triu": lambda m, k=0: structure.triangle("triu", k)(m),
    "sliding_window_view": _windows,
    # products
    "dot": products.dot,
    "vdot": lambda a, b: products.MATMUL(_flatten(a), _flatten(b)),
    "inner": _inner,
    "outer": lambda a, b: products.OUTER(_flatten(a), _flatten(b)),
    "tensordot": products.tensordot,
    "einsum": products.einsum,
    "trace": lambda a, offset=0, axis1=0, axis2=1: as_node(a, "trace").trace(offset, axis1, axis2),
    "linalg.inv": products.INVERSE,
    "linalg.det": products.DETERMINANT,
    "linalg.solve": products.SOLVE,
}
"""The functions that make nodes, by NumPy's names."""

PLAIN = {
    "shape", "ndim", "size", "argmax", "argmin", "argsort", "argpartition", "nonzero", "flatnonzero", "argwhere",
    "count_nonzero", "any", "all", "searchsorted", "digitize", "unique", "histogram", "isin", "zeros_like",
    "ones_like", "empty_like", "array_equal", "array_equiv", "allclose", "isclose", "iscomplexobj",
    "isrealobj", "result_type", "can_cast", "min_scalar_type", "shares_memory", "may_share_memory",
}  # fmt: skip
"""The functions that tell something of the data, as plain numbers and arrays."""
