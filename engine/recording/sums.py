"""Many sums of products at once, each number picked by its place: a graph both forward and backward.

Forward, a sum of the graph adds up products of two numbers. Backward, a gradient adds up products of an upstream
gradient and a local derivative. Both are out[i] = one[a] * other[b] + one[c] * other[d] + ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..amounts import Floats

Places = np.ndarray[Any, np.dtype[np.intp]]

ENOUGH = 8192
"""So many products are worth a block of their own: some five calls of NumPy."""


class Block(NamedTuple):
    """Sums that are put side by side.

    Attributes:
        out: where the sums are put.
        factors: the places of both factors, in one array or each by itself: shape (width, sums), or (sums, width) where
            there are more products than sums, or all in a row.
        axis: which axis is summed; None where the sums differ in width, or have one product.
        starts: where each sum begins, where they differ in width.
    """

    out: slice
    factors: Places | tuple[Places | slice, ...]
    shape: tuple[int, ...]
    axis: int | None
    starts: Places | None

    @property
    def size(self) -> int:
        """How many products there are."""
        return prod(self.shape)

    def calls(self, numbers: Floats, room: Floats) -> Iterator[Callable[[], Any]]:
        """Yield what computes sum(one * other) for all lanes; `room` is as large as the products, twice."""
        lanes, sums = numbers.shape[1], numbers[self.out]
        room = room[: 2 * self.size * lanes].reshape(2, *self.shape, lanes)
        products = sums if self.starts is None and self.axis is None else room[0]
        is_whole = not isinstance(self.factors, tuple)
        factors = [*room]
        for which, places in enumerate((self.factors,) if is_whole else self.factors):
            if isinstance(places, slice):
                factors[which] = numbers[places]
            else:  # "clip" writes to the room directly, and no place is out of range
                yield partial(numbers.take, places, 0, room if is_whole else room[which], "clip")
        yield partial(np.multiply, *factors, products)
        if self.starts is not None:
            yield partial(np.add.reduceat, products, self.starts, 0, out=sums)
        elif self.axis is not None:
            yield partial(np.add.reduce, products, self.axis, out=sums)


def blocks(start: int, widths: Places, one: Places, other: Places) -> Iterator[Block]:
    """Yield the sums as blocks.

    Args:
        start: where the first sum is put; the others follow.
        widths: how many products each sum has, 1 or more, ascending.
        one, other: the places of the factors, sum by sum.
    """
    at = product = 0
    for count, size in _runs(*np.unique(widths, return_counts=True)):
        mine = slice(product, product + size)
        yield _block(slice(start + at, start + at + count), widths[at : at + count], one[mine], other[mine])
        at, product = at + count, product + size


def _runs(widths: Places, counts: Places) -> list[tuple[int, int]]:
    """Join neighbouring groups of sums of one width where a block has not enough: (sums, products) of each."""
    runs: list[tuple[int, int]] = []
    each = zip(counts.tolist(), (widths * counts).tolist())
    for is_small, group in groupby(each, lambda run: run[1] < ENOUGH):
        mine = list(group)
        runs += [(sum(count for count, _ in mine), sum(size for _, size in mine))] if is_small else mine
    return runs


def _block(out: slice, widths: Places, one: Places, other: Places) -> Block:
    """Lay sums of products out in the shape that adds up quickest."""
    width, count = int(widths[0]), len(widths)
    both, axis, starts = np.array([one, other]), None, None
    if widths[-1] != width:
        starts = np.cumsum(widths) - widths
    elif width > 1:
        both, axis = both.reshape(2, count, width), 1
        if width <= count:
            both, axis = both.transpose(0, 2, 1).copy(), 0
    apart = (try_slice(one), try_slice(other)) if axis is None else ()
    factors = apart if any(isinstance(places, slice) for places in apart) else both
    return Block(out, factors, both.shape[1:], axis, starts)


def try_slice(places: Places) -> Places | slice:
    """Return neighbouring places as a slice, which costs no copy; others as they are."""
    first, size = int(places[0]), len(places)
    return slice(first, first + size) if (np.diff(places) == 1).all() else places
