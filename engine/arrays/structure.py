"""The operations that move, pick and join entries, a record each, made with its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..amounts import Shape
from ..errors import NotANumberError
from ..graph import is_node
from .edges import ArrayOp, Edge, carry_out, entrywise, numbers_of, route, summed_to


def _moving(name: str, forward: Callable[..., Any], edges: Callable[..., Sequence[Edge]], detail: str = "") -> ArrayOp:
    return ArrayOp(name, forward, edges, detail=detail, lets_masks_through=True)


def _reshaping(forward: Callable[[Any], Any], detail: str = "") -> ArrayOp:
    return _moving("reshape", forward, lambda x, y: [route(lambda g: carry_out(reshape(x.shape), g))], detail)


def read_at(places: Sequence[tuple[Any, ...]]) -> list[Edge]:
    """Return the edges to operands that are put together: each reads its own part of the gradient."""
    return [route(lambda g, at=at: g[at]) for at in places]  # type: ignore[misc]


def reshape(shape: Sequence[int] | int) -> ArrayOp:
    """Reshape, row by row."""
    return _reshaping(lambda x: x.reshape(shape), str(shape))


def squeeze(axis: Any = None) -> ArrayOp:
    """Remove the axes of length 1, or those of them that are named."""
    return _reshaping(lambda x: np.squeeze(x, axis))


def expand_dims(axis: Any) -> ArrayOp:
    """Insert axes of length 1."""
    return _reshaping(lambda x: np.expand_dims(x, axis))


def transpose(axes: Sequence[int] | None = None) -> ArrayOp:
    """Reorder the axes; reverse them for None."""
    axes = None if axes is None else tuple(axes)
    back = None if axes is None else tuple(int(i) for i in np.argsort([i % len(axes) for i in axes]))
    return _moving(
        "transpose",
        lambda x: x.transpose(axes),
        lambda x, y: [route(lambda g: g.transpose(back))],
        "" if axes is None else str(axes),
    )


def broadcast(shape: Shape) -> ArrayOp:
    """Return the array repeated to a larger shape."""
    return _moving(
        "broadcast_to",
        lambda x: np.broadcast_to(x, shape),
        lambda x, y: [route(lambda g: summed_to(g, x.shape))],
        str(shape),
    )


def copy() -> ArrayOp:
    """Copy the numbers to a node of their own."""
    return _moving("copy", lambda x: x.copy(), lambda x, y: [route(lambda g: g)])


def pick(index: Any) -> ArrayOp:
    """Pick x[index]; an entry picked twice is used twice."""
    where = _freeze_index(index)
    detail = f"[{', '.join(map(_part_in_words, where if isinstance(where, tuple) else (where,)))}]"
    if not _may_repeat(where):
        return _moving(
            "index", lambda x: x[where], lambda x, y: [route(lambda g: carry_out(_scatter(where, x.shape), g))], detail
        )
    return rearrange("index", lambda x: x[where], detail)


def _freeze_index(index: Any) -> Any:
    """Return an index that nobody can change any more, its lists as arrays."""
    if isinstance(index, tuple):
        return tuple(map(_freeze_index, index))
    if is_node(index):
        raise NotANumberError(
            index, "an index", "Index with plain whole numbers: those of a node are in its data, as floats."
        )
    if isinstance(index, (list, range, np.ndarray)):
        listed = np.array(index)
        return listed if listed.size or listed.dtype != float else listed.astype(int)
    return index


def _may_repeat(index: Any) -> bool:
    """Return whether an entry may be picked twice: only by arrays of whole numbers."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, (np.ndarray, tuple)) and np.asarray(part).dtype != bool for part in parts)


def _part_in_words(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        return ":".join(ends if part.step is None else [*ends, str(part.step)])
    return "..." if part is Ellipsis else f"array of shape {part.shape}" if isinstance(part, np.ndarray) else str(part)


def _scatter(index: Any, shape: Shape) -> ArrayOp:
    """Return zeros with the entries at an index without repeats: `pick` backward."""

    def forward(x: Any) -> Any:
        found = np.zeros(shape)
        found[index] = x
        return found

    return _moving("scatter", forward, lambda x, y: [route(lambda g: g[index])])


def rearrange(name: str, function: Callable[[Any], Any], detail: str = "") -> ArrayOp:
    """Return an operation that puts entries in other places, each any number of times, as `function` does to arrays."""

    def edges(x: Any, y: Any) -> list[Edge]:
        return [route(lambda g: carry_out(_scatter_add(function, x.shape), g))]

    return _moving(name, function, edges, detail)


def _scatter_add(function: Callable[[Any], Any], shape: Shape) -> ArrayOp:
    """Add each entry to where `function` took it from: `rearrange` backward."""

    def forward(x: Any) -> Any:
        size = int(np.prod(shape, dtype=int))
        places = function(np.arange(size).reshape(shape))
        return np.bincount(places.ravel(), x.ravel(), size).reshape(shape)

    return _moving("scatter", forward, lambda x, y: [route(lambda g: carry_out(rearrange("index", function), g))])


def take(indices: Any, axis: int | None = None, mode: Any = "raise") -> ArrayOp:
    """Take the entries at whole numbers along an axis; of all in a row for None."""
    places = _freeze_index(indices)
    return rearrange("index", lambda x: np.take(x, places, axis, mode=mode), f"take, axis={axis}")


def take_along(indices: Any, axis: int | None) -> ArrayOp:
    """Take in each row along an axis the entries at that row's own whole numbers."""
    places = _freeze_index(indices)
    return rearrange("index", lambda x: np.take_along_axis(x, places, axis), f"take_along_axis, axis={axis}")


def repeat(repeats: Any, axis: int | None = None) -> ArrayOp:
    """Repeat each entry; the results are in one row for None."""
    counts = _freeze_index(repeats)
    return rearrange("repeat", lambda x: np.repeat(x, counts, axis), f"{repeats}, axis={axis}")


def diagonal(offset: int = 0, axis1: int = 0, axis2: int = 1) -> ArrayOp:
    """Return the diagonal of two axes, as the last axis."""
    return rearrange("diagonal", lambda x: np.diagonal(x, offset, axis1, axis2))


def diagonal_matrix(offset: int = 0) -> ArrayOp:
    """Return a matrix of zeros with the entries on a diagonal."""
    detail = f"k={offset}" if offset else ""
    return _moving("diag", lambda x: np.diag(x, offset), lambda x, y: [route(lambda g: g.diagonal(offset))], detail)


def triangle(name: str, offset: int = 0) -> ArrayOp:
    """Keep one side of a diagonal, zeros on the other; `name` is "tril" or "triu"."""
    cut = getattr(np, name)
    return _moving(
        name,
        lambda x: cut(x, offset),
        lambda x, y: [entrywise(x.shape, cut(np.ones(y.shape), offset))],
        f"k={offset}" if offset else "",
    )


def pad(widths: Any, number: float = 0.0) -> ArrayOp:
    """Frame the array with one number; `widths` as (before, after) of each axis."""
    inner = [slice(before, None if not after else -after) for before, after in widths]
    return _moving(
        "pad",
        lambda x: np.pad(x, widths, constant_values=number),
        lambda x, y: [route(lambda g: g[tuple(inner)])],
        str(tuple(map(tuple, widths))),
    )


def concatenate(axis: int = 0) -> ArrayOp:
    """Join arrays along an axis that they have."""

    def edges(*inputs_and_output: Any) -> list[Edge]:
        *inputs, output = inputs_and_output
        before = (slice(None),) * (axis % len(output.shape))
        ends = np.cumsum([0, *(x.shape[axis] for x in inputs)]).tolist()
        return read_at([(*before, slice(*two)) for two in pairwise(ends)])

    return _moving("concatenate", lambda *arrays: np.concatenate(arrays, axis), edges, f"axis={axis}")


def stack(axis: int = 0) -> ArrayOp:
    """Join arrays along a new axis."""

    def edges(*inputs_and_output: Any) -> list[Edge]:
        before = (slice(None),) * (axis % len(inputs_and_output[-1].shape))
        return read_at([(*before, place) for place in range(len(inputs_and_output) - 1)])

    return _moving("stack", lambda *arrays: np.stack(arrays, axis), edges, f"axis={axis}")


def join(name: str, function: Callable[[Sequence[Any]], Any]) -> ArrayOp:
    """Join arrays, each entry once, as `function` does with arrays of NumPy's."""

    def edges(*inputs_and_output: Any) -> list[Edge]:
        shapes = [x.shape for x in inputs_and_output[:-1]]
        ends = np.cumsum([0, *(np.prod(shape, dtype=int) for shape in shapes)]).tolist()
        numbered = function([np.arange(*two).reshape(shape) for two, shape in zip(pairwise(ends), shapes)])
        order = np.argsort(numbered, axis=None)
        parts = [order[slice(*two)].reshape(shape) for two, shape in zip(pairwise(ends), shapes)]
        return read_at([np.unravel_index(part, numbered.shape) for part in parts])

    return _moving(name, lambda *arrays: function(arrays), edges)


def choose(condition: Any) -> ArrayOp:
    """Choose the first of two arrays where the condition holds, else the second."""
    first = np.array(condition, dtype=bool)

    def edges(a: Any, b: Any, y: Any) -> list[Edge]:
        return [entrywise(a.shape, first * 1.0), entrywise(b.shape, ~first * 1.0)]

    return _moving("where", lambda a, b: np.where(first, a, b), edges)


def clip(lowest: Any, highest: Any) -> ArrayOp:
    """Bring each entry between two bounds; the slope is 1 between and at them, as PyTorch's clamp.

    Args:
        lowest, highest: numbers, arrays of them, or None for no bound.
    """
    ends: list[Any] = [None if end is None else np.array(end, dtype=float) for end in (lowest, highest)]

    def edges(x: Any, y: Any) -> list[Edge]:
        return [entrywise(x.shape, (numbers_of(x) == numbers_of(y)) * 1.0)]

    said = [str(end) if end is None or not end.ndim else f"array of shape {end.shape}" for end in ends]
    return ArrayOp("clip", lambda x: np.clip(x, *ends), edges, detail=", ".join(said), rule=("1 within the bounds",))
