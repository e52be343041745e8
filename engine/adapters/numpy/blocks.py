"""What a traced run of a user's function keeps: blocks of numbers, and what of them could not be followed.

NumPy's arrays may be views of one another, and writing into one changes them all. A node cannot change, so a block
moves on to a new node with each write; a view looks its own node up again where the block has moved on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import numpy as np

from ...amounts import Shape, read_only_copy
from ...arrays.edges import ArrayOp, Edge, entrywise, route, summed_to
from ...errors import HandgradError
from ...repair.source import line_at_work
from ...repair.user_code import is_theirs

Places = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]
Look = Callable[[Any], Any]
"""What makes a view of an array, as a function of NumPy's arrays."""


class Trace:
    """What a run leaves.

    Attributes:
        lost: what was done first that could not be followed, and where: the numbers go on, and where they come from is
            forgotten; "" for nothing.
        taken: the nodes whose numbers were asked for as Python's, by `float(x)` and the like.
        is_coarse: whether less than double precision was met.
    """

    def __init__(self) -> None:
        self.lost = ""
        self.taken: list[Any] = []
        self.is_coarse = False


_running: ContextVar[Trace | None] = ContextVar("handgrad_trace", default=None)
running = _running.get
"""Return the trace that this thread is in; None for none."""


@contextmanager
def tracing() -> Iterator[Trace]:
    trace = Trace()
    token = _running.set(trace)
    try:
        yield trace
    finally:
        _running.reset(token)


def lose(what: str) -> None:
    """Note that something could not be followed."""
    trace = running()
    if trace is not None and not trace.lost:
        line = line_at_work(lambda frame: is_theirs(frame.f_globals))
        trace.lost = what if line is None else f"{what}, {line.place}"


class Memory:
    """A block of numbers that several arrays may look at.

    Attributes:
        node: what stands for them; None while they depend on no input.
        version: how often it was written into.
    """

    __slots__ = ("_data", "_node", "_before", "_writes", "_places", "version")

    def __init__(self, data: Any, node: Any) -> None:
        self._data, self._node = data, node
        self._before: Any = None
        self._places: Any = None
        self._writes: list[tuple[Places, Look | None, Any]] = []
        self.version = 0

    @property
    def node(self) -> Any:
        """Return the node of the whole block, with all writes to its entries made one operation."""
        if self._writes:
            writes, self._writes = self._writes, []
            block = self._before if self._node is None else self._node
            try:
                op = write_over(tuple(block.shape), *zip(*[(places, look) for places, look, _ in writes]))
                self._node = op(block, *(thing for *_, thing in writes))
            except HandgradError:
                lose("x[...] = ...")
                self._node = None
        return self._node

    @property
    def is_traced(self) -> bool:
        return self._node is not None or self.is_written

    @property
    def is_written(self) -> bool:
        return bool(self._writes)

    def places(self, looks: Sequence[Look], index: Any = ...) -> Places:
        """Return where an index of a view is in the block, counted row by row."""
        if self._places is None:  # once: what is seen of them are views
            self._places = np.arange(self._data.size, dtype=np.int32).reshape(self._data.shape)
        return np.asarray(_look_at(looks, index, self._places))

    def write(self, looks: Sequence[Look], index: Any, value: Any, node: Any) -> None:
        """Note that numbers, or a node of them, are about to be written at an index of a view."""
        if not self.is_traced:
            if node is None:
                return
            before = np.array(self._data, dtype=float)  # what is not written over stays as it was
            before[np.isnan(before)] = 0.0  # np.empty may hold anything
            self._before = read_only_copy(before)
        thing = np.array(value, dtype=float) if node is None else node
        places = self.places(looks, index)
        look = partial(_look_at, looks, index) if np.may_share_memory(places, self._places) else None
        self._writes.append((places, look, thing))
        self.version += 1

    def replace(self, node: Any) -> None:
        """Replace all numbers by those of a node."""
        self._node, self._writes = node, []
        self.version += 1


def _look_at(looks: Sequence[Look], index: Any, array: Any) -> Any:
    for look in looks:
        array = look(array)
    return array[index]


def write_over(shape: Shape, all_places: Sequence[Places], looks: Sequence[Look | None]) -> ArrayOp:
    """Return the operation that writes arrays into one of a shape, each at its places, the later over the earlier.

    Args:
        looks: what makes a view of these places, where there is one: nothing needs to be gathered then.
    """
    # Of each entry the last that was written there, all counted through: an index may name an entry twice.
    last, start = np.full(math.prod(shape), -1, all_places[0].dtype), 0
    numbered: list[Places] = []
    for places in all_places:
        numbered.append(np.arange(start, start + places.size, dtype=last.dtype).reshape(places.shape))
        last[places] = numbered[-1]
        start += places.size
    # A loop may write hundreds of times: of each is kept no more than which of its entries are there in the end.
    stays = [last[places] == some for places, some in zip(all_places, numbered)]
    counts = [None if some.all() else some for some in stays]
    is_kept: Any = (last == -1).reshape(shape) * 1.0 if (last == -1).any() else 0.0

    def forward(block: Any, *things: Any) -> Any:
        found = np.array(block, dtype=float, order="C")
        for places, thing in zip(all_places, things):
            found.reshape(-1)[places] = thing
        return found

    def edges(*inputs_and_output: Any) -> list[Edge]:
        block, *things, _ = inputs_and_output
        given = zip(all_places, looks, counts, things)
        back = (route(_back(places, look, count, one.shape)) for places, look, count, one in given)
        return [entrywise(block.shape, is_kept), *back]

    return ArrayOp("write", forward, edges, lets_masks_through=True)


def _back(places: Places, look: Look | None, counts: Any, shape: Shape) -> Callable[[Any], Any]:
    """Return the gradient of what was written: of the entries that nothing was written over."""

    def back(gradient: Any) -> Any:
        arrived = gradient.reshape(-1)[places] if look is None else look(gradient)
        arrived = arrived if counts is None else np.where(counts, arrived, 0.0)
        # A value may have more leading axes of length 1 than the place that it is written to.
        return summed_to(arrived, shape[max(len(shape) - arrived.ndim, 0) :]).reshape(shape)

    return back


def add_at(index: Any, sign: float) -> ArrayOp:
    """Return the operation of `np.add.at`, or, with the sign -1.0, of `np.subtract.at`."""

    def forward(block: Any, thing: Any) -> Any:
        found = np.array(block, dtype=float)
        np.add.at(found, index, sign * thing)
        return found

    def edges(block: Any, thing: Any, _: Any) -> list[Edge]:
        return [route(lambda g: g), route(lambda g: summed_to(sign * g[index], thing.shape))]

    return ArrayOp("add.at", forward, edges, lets_masks_through=True)
