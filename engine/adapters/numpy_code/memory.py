"""What several traced arrays share: one block of numbers, and the node that stands for what is in it now.

NumPy's arrays may be views of one another, and writing into one changes them all. A node cannot change, so the block
moves on to a new node with each write; a view looks its own node up again where the block has moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...arrays.edges import Edge, Shape, entrywise, moved, summed_to
from ...arrays.operation import ArrayOp
from ...errors import HandgradError
from .trace import lose

Places = np.ndarray[Any, np.dtype[np.int64]]
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
        self._writes: list[tuple[Places, Any]] = []
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

    def places(self, looks: Sequence[Look]) -> Places:
        """Where the entries of a view are in the block, counted row by row."""
        places = np.arange(self._data.size).reshape(self._data.shape)
        for look in looks:
            places = look(places)
        return np.asarray(places)

    def about_to_change(self) -> None:
        """Called before the numbers change: what is not written over stays as it was."""
        if not self._writes and self._node is None:
            before = np.array(self._data, dtype=float)
            self._before = np.where(np.isnan(before), 0.0, before)  # np.empty may hold anything

    def write(self, places: Places, thing: Any) -> None:
        """Note what was written where: a node, or numbers."""
        self._writes.append((places, thing))
        self.version += 1

    def replace(self, node: Any) -> None:
        """All numbers are new."""
        self._node, self._writes = node, []
        self.version += 1


def _written(old: Any, before: Any, writes: Sequence[tuple[Places, Any]]) -> Any:
    """The node of a block after some writes, the later over the earlier."""
    block = before if old is None else old
    op = written_over(tuple(block.shape), [places for places, _ in writes])
    return op(block, *(thing for _, thing in writes))


def written_over(shape: Shape, places: Sequence[Places]) -> ArrayOp:
    """An array with others written into it, the later over the earlier.

    Args:
        shape: the array's.
        places: where the entries of each of the others go, counted row by row.
    """
    ends = np.cumsum([0, *(place.size for place in places)])
    numbers = [first + np.arange(place.size).reshape(place.shape) for first, place in zip(ends, places)]
    last = np.full(int(np.prod(shape, dtype=int)), -1)
    for place, number in zip(places, numbers):
        last[place] = number

    def forward(block: Any, *things: Any) -> Any:
        found = np.array(block, dtype=float, order="C")
        flat = found.reshape(-1)
        for place, thing in zip(places, things):
            flat[place] = thing
        return found

    def edges(*inputs_and_output: Any) -> list[Edge]:
        block, *things, _ = inputs_and_output
        kept = (last == -1).reshape(shape) * 1.0
        return [
            entrywise(block.shape, kept),
            *(
                moved(_back(place, last[place] == number, thing.shape))
                for place, number, thing in zip(places, numbers, things)
            ),
        ]

    return ArrayOp("write", forward, edges, lets_masks_through=True)


def _back(place: Places, counts: Any, shape: Shape) -> Callable[[Any], Any]:
    """The gradient of what was written: of the entries that nothing was written over."""

    def back(gradient: Any) -> Any:
        arrived = np.where(counts, gradient.reshape(-1)[place], 0.0)
        return summed_to(arrived, _without_leading_ones(shape, arrived.ndim)).reshape(shape)

    return back


def _without_leading_ones(shape: Shape, axes: int) -> Shape:
    """A value may have more axes of length 1 than the place that it is written to."""
    return shape[max(len(shape) - axes, 0) :]


def added_at(index: Any, sign: float) -> ArrayOp:
    """An array with others added to it at an index, as `np.add.at` does it; the sign is -1.0 for `np.subtract.at`."""

    def forward(block: Any, thing: Any) -> Any:
        found = np.array(block, dtype=float)
        np.add.at(found, index, sign * thing)
        return found

    return ArrayOp(
        "add.at",
        forward,
        lambda block, thing, y: [moved(lambda g: g), moved(lambda g: summed_to(sign * g[index], thing.shape))],
        lets_masks_through=True,
    )
