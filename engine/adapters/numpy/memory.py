"""What several traced arrays share: one block of numbers, and the node that stands for what is in it now.

NumPy's arrays may be views of one another, and writing into one changes them all. A node cannot change, so the block
moves on to a new node with each write; a view looks its own node up again where the block has moved on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np

from ...arrays.amounts import read_only_copy
from ...arrays.edges import Edge, Shape, entrywise, route, summed_to
from ...arrays.operation import ArrayOp
from ...errors import HandgradError
from .trace import lose

Places = np.ndarray[Any, np.dtype[np.int64]]
Place: TypeAlias = "Places | tuple[Any, ...]"
"""Where something is written: its places in the block, counted row by row, or an index of the block that is a view."""
Look = Callable[[Any], Any]
"""What makes a view of an array, as a function of NumPy's arrays."""


class Memory:
    """A block of numbers.

    Attributes:
        node: what stands for them; None while they depend on no input.
        version: how often it was written into.
    """

    __slots__ = ("_data", "_node", "_before", "_writes", "version")

    def __init__(self, data: Any, node: Any) -> None:
        self._data, self._node = data, node
        self._before: Any = None
        self._writes: list[tuple[Place, Any]] = []
        self.version = 0

    @property
    def node(self) -> Any:
        if self._writes:
            writes, self._writes = self._writes, []
            try:
                self._node = _written(self._node, self._before, writes)
            except HandgradError:
                lose("x[...] = ...")
                self._node = None
        return self._node

    @property
    def is_traced(self) -> bool:
        return self._node is not None or bool(self._writes)

    def place(self, looks: Sequence[Look], index: Any) -> Place:
        """Return where an index of a view is in the block.

        Of a plain index of the block itself no places are counted.
        """
        parts = index if isinstance(index, tuple) else (index,)
        if not looks and all(isinstance(part, (int, np.integer, slice, EllipsisType)) for part in parts):
            return parts
        return self.places((*looks, lambda seen: seen[index]))

    def places(self, looks: Sequence[Look]) -> Places:
        """Return where the entries of a view are in the block, counted row by row."""
        places = np.arange(self._data.size).reshape(self._data.shape)
        for look in looks:
            places = look(places)
        return np.asarray(places)

    def about_to_change(self) -> None:
        """Keep the numbers before they change: what is not written over stays as it was."""
        if not self._writes and self._node is None:
            before = np.array(self._data, dtype=float)
            before[np.isnan(before)] = 0.0  # np.empty may hold anything
            self._before = read_only_copy(before)

    def write(self, place: Place, thing: Any) -> None:
        """Note what was written where: a node, or numbers."""
        self._writes.append((place, thing))
        self.version += 1

    def replace(self, node: Any) -> None:
        """Replace all numbers by those of a node."""
        self._node, self._writes = node, []
        self.version += 1


def _written(old: Any, before: Any, writes: Sequence[tuple[Place, Any]]) -> Any:
    """Return the node of a block after some writes, the later over the earlier."""
    block = before if old is None else old
    op = written_over(tuple(block.shape), [place for place, _ in writes])
    return op(block, *(thing for _, thing in writes))


def written_over(shape: Shape, places: Sequence[Place]) -> ArrayOp:
    """Return the operation that writes arrays into another, the later over the earlier.

    Args:
        shape: the array's.
        places: where each of the others goes.
    """
    # Of each entry the last that was written there, all counted through: an index may name an entry twice.
    last, start = np.full(shape, -1), 0
    numbered: list[tuple[int, Shape]] = []
    for place in places:
        numbered.append((start, np.shape(_seen(last, place))))
        _put(last, place, _numbers(*numbered[-1]))
        start += math.prod(numbered[-1][1])
    # A loop may write hundreds of times: of each is kept no more than which of its entries are there in the end.
    counts = [_unless_all(_seen(last, place) == _numbers(*some)) for place, some in zip(places, numbered)]
    is_kept = last == -1
    del last

    def forward(block: Any, *things: Any) -> Any:
        found = np.array(block, dtype=float, order="C")
        for place, thing in zip(places, things):
            _put(found, place, thing)
        return found

    def edges(*inputs_and_output: Any) -> list[Edge]:
        block, *things, _ = inputs_and_output
        return [
            entrywise(block.shape, is_kept * 1.0),
            *(route(_back(place, count, thing.shape)) for place, count, thing in zip(places, counts, things)),
        ]

    return ArrayOp("write", forward, edges, lets_masks_through=True)


def _seen(block: Any, place: Place) -> Any:
    """Return what stands there in a block, or in an array like it."""
    return block.reshape(-1)[place] if isinstance(place, np.ndarray) else block[place]


def _put(block: Any, place: Place, thing: Any) -> None:
    if isinstance(place, np.ndarray):
        block.reshape(-1)[place] = thing
    else:
        block[place] = thing


def _numbers(start: int, shape: Shape) -> Places:
    """Return consecutive numbers from `start` on, in a shape."""
    return np.arange(start, start + math.prod(shape)).reshape(shape)


def _unless_all(flags: Any) -> Any:
    """Return flags; None where all are set."""
    return None if flags.all() else flags


def _back(place: Place, counts: Any, shape: Shape) -> Callable[[Any], Any]:
    """Return the gradient of what was written: of the entries that nothing was written over."""

    def back(gradient: Any) -> Any:
        arrived = _seen(gradient, place)
        arrived = arrived if counts is None else np.where(counts, arrived, 0.0)
        return summed_to(arrived, _without_leading_ones(shape, len(arrived.shape))).reshape(shape)

    return back


def _without_leading_ones(shape: Shape, axes: int) -> Shape:
    """Return a shape without the leading axes that the place written to does not have.

    A value may have more axes of length 1 than that place.
    """
    return shape[max(len(shape) - axes, 0) :]


def added_at(index: Any, sign: float) -> ArrayOp:
    """Return the operation that adds arrays to another at an index, as `np.add.at` does.

    The sign is -1.0 for `np.subtract.at`.
    """

    def forward(block: Any, thing: Any) -> Any:
        found = np.array(block, dtype=float)
        np.add.at(found, index, sign * thing)
        return found

    return ArrayOp(
        "add.at",
        forward,
        lambda block, thing, y: [route(lambda g: g), route(lambda g: summed_to(sign * g[index], thing.shape))],
        lets_masks_through=True,
    )
