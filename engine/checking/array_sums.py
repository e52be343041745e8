"""Guesses on what was broadcast or summed: over which axis, and whether at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from ..arrays.edges import Edge, Floats
from ..arrays.operation import ArrayOp
from .array_guess import FACTORS, Guess
from .array_region import Region, Use

MOST_NUMBERS = 1_000_000
"""Where all rows together would pass on more numbers, only the first and the last are tried."""
MOST_AXES = 4


def of_the_sums(region: Region) -> Iterator[Guess]:
    for use in region.uses:
        if isinstance(use.local, Edge) and len(use.consumer.shape) <= MOST_AXES:
            yield from _not_summed(region, use)
            yield from _wrong_axis(region, use)
            yield from _not_broadcast(region, use)


def _not_summed(region: Region, use: Use) -> Iterator[Guess]:
    """One row of the consumer alone, where the use adds up over its rows."""
    upstream, name = np.asarray(use.upstream), region.name(use.consumer)
    summed = [axis for axis in range(upstream.ndim) if _is_summed(use, upstream.shape, axis)]
    clause = (
        f"only what comes from one row or column of {name} is there. What is used in all of them is summed over all of "
        "them: over which axis?"
    )
    covers = FACTORS | {"missing-path", "not-broadcast"}
    for axis in summed:
        for row in _which_rows(region, use, upstream.shape[axis]):
            yield Guess("not-summed", region.instead(use, _only(upstream, (axis,), row) * use.local), clause, covers)
    for count in range(2, len(summed) + 1):
        for axes in combinations(summed, count):
            for row in (0, -1):
                yield Guess("not-summed", region.instead(use, _only(upstream, axes, row) * use.local), clause, covers)


def _is_summed(use: Use, shape: tuple[int, ...], axis: int) -> bool:
    """Whether the first and the last row along an axis reach one entry."""
    if shape[axis] < 2:
        return False
    everywhere = np.ones(shape)
    first, last = (use.local.reach(_only(everywhere, (axis,), row)) for row in (0, -1))
    return bool((first & last).any())


def _which_rows(region: Region, use: Use, count: int) -> list[int]:
    is_cheap = use.operand is region.node and count * region.chain.size <= MOST_NUMBERS
    return list(range(count)) if is_cheap else [0, count - 1]


def _only(numbers: Floats, axes: tuple[int, ...], row: int) -> Floats:
    """The numbers in one row along some axes, zeros elsewhere."""
    found = np.zeros(numbers.shape)
    at = tuple(row if axis in axes else slice(None) for axis in range(numbers.ndim))
    found[at] = numbers[at]
    return found


def _wrong_axis(region: Region, use: Use) -> Iterator[Guess]:
    """Summed along another axis than it was broadcast along, or broadcast along another than it was summed along."""
    op, shape = use.consumer.op, use.operand.shape
    covers = FACTORS | {"not-summed"}
    if isinstance(op, ArrayOp) and op.scalar is not None:
        whole = np.asarray(use.upstream * use.local.coefficient)
        whole = np.broadcast_to(whole, use.consumer.shape)
        if whole.size == int(np.prod(shape)) or not shape:
            return
        clause = (
            f"summed over the wrong axis: what is broadcast into {region.name(use.consumer)} along an axis is summed "
            "backward along that axis."
        )
        for axes in _subsets(whole.ndim):
            summed = whole.sum(axes)
            if summed.size == int(np.prod(shape)):
                yield Guess("wrong-axis", region.instead(use, summed.reshape(shape)), clause, covers)
        for number in (whole.sum(), whole.mean()):
            yield Guess("wrong-axis", region.instead(use, np.full(shape, number)), clause, covers)
    elif op is not None and op.name in ("sum", "mean") and len(shape) >= 2:
        clause = (
            f"broadcast along the wrong axis: what is summed forward along an axis, as in {region.name(use.consumer)}, "
            "is broadcast backward along that axis."
        )
        upstream = np.asarray(use.upstream)
        for axes in _subsets(len(shape)):
            kept = tuple(1 if axis in axes else length for axis, length in enumerate(shape))
            if int(np.prod(kept)) == upstream.size:
                placed = upstream.reshape(kept) * use.local.coefficient
                yield Guess("wrong-axis", region.instead(use, placed), clause, covers | {"transposed"})


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, count):
        yield from combinations(range(count), size)


def _not_broadcast(region: Region, use: Use) -> Iterator[Guess]:
    """Only the first row of what was summed forward gets the gradient."""
    op: Any = use.consumer.op
    if op is None or op.name not in ("sum", "mean"):
        return
    clause = (
        f"only the first row, column or entry is filled in; what is summed forward, in {region.name(use.consumer)}, is "
        "broadcast backward to all."
    )
    whole = np.broadcast_to(use.contribution, use.operand.shape)
    for axes in (*_subsets(whole.ndim), tuple(range(whole.ndim))):
        if all(whole.shape[axis] > 1 for axis in axes):
            numbers = region.instead(use, _only(whole, axes, 0))
            yield Guess("not-broadcast", numbers, clause, FACTORS | {"missing-path"})
