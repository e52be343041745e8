"""Guesses on what was broadcast or summed: over which axis, and whether at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from ...arrays.edges import Edge
from ...arrays.operation import ArrayOp
from .. import sentences
from ..amounts import Arrays
from ..edits import Edit, Guess, at_one_or_all
from ..region import Region
from ..use import Use

MOST_NUMBERS = 1_000_000
"""Where all rows together would pass on more numbers, only the first and the last are tried."""
MOST_AXES = 4


def of_the_sums(region: Region) -> Iterator[Guess]:
    uses = [use for use in region.uses if isinstance(use.local, Edge) and len(use.consumer.shape) <= MOST_AXES]
    yield from at_one_or_all(region, (edit for use in uses for edit in _not_summed(region, use)))
    for use in uses:
        yield from _wrong_axis(region, use)
        yield from _not_broadcast(region, use)


def _not_summed(region: Region, use: Use) -> Iterator[Edit]:
    """One row of the consumer alone, where the use adds up over its rows."""
    name, summed, total = region.words.axes_of(use.consumer), region.axes_of(use), len(use.consumer.shape)
    ask = "What is used in all of them is summed over all of them."
    for count in range(1, len(summed) + 1):
        for axes in combinations(summed, count):
            for row in _which_rows(region, use, use.consumer.shape[axes[0]]) if count == 1 else (0, -1):
                part = sentences.some(axes, total)
                clause = f"only what comes from {part} of {name} is there. {ask}"
                is_direct = use.operand is region.node
                arrays = f"each array {'that it goes into' if is_direct else 'on the way'}"
                of_all = f"of {arrays}, only what comes from {part} is there. {ask}"
                alone = _alone(use, axes, row)
                yield Edit("not-summed", use, alone, clause, (is_direct, use.place, total, axes, row), of_all)


def _alone(use: Use, axes: tuple[int, ...], row: int) -> Edge:
    """What one row of a use's consumer passes back."""
    local: Edge = use.local
    return Edge(
        lambda g, _: np.asarray(Arrays.row(g, axes, row) * local),
        entries=lambda g, _, at: local.passed_to(Arrays.row(g, axes, row), use.operand.shape, at),
    )


def _which_rows(region: Region, use: Use, count: int) -> list[int]:
    is_cheap = use.operand is region.node and count * region.chain.size <= MOST_NUMBERS
    return list(range(count)) if is_cheap else [0, count - 1]


def _wrong_axis(region: Region, use: Use) -> Iterator[Guess]:
    """Summed along another axis than it was broadcast along, or broadcast along another than it was summed along."""
    op, shape = use.consumer.op, use.operand.shape
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
                yield Guess("wrong-axis", region.instead(use, summed.reshape(shape)), clause)
        # Of one number alone a mean is no other axis but another factor.
        for number in (whole.sum(), whole.mean()) if np.prod(shape) > 1 else ():
            yield Guess("wrong-axis", region.instead(use, np.full(shape, number)), clause)
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
                yield Guess("wrong-axis", region.instead(use, placed), clause)


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, count):
        yield from combinations(range(count), size)


def _not_broadcast(region: Region, use: Use) -> Iterator[Guess]:
    """Only the first row of what was summed forward gets the gradient."""
    op: Any = use.consumer.op
    if op is None or op.name not in ("sum", "mean"):
        return
    ask = f"what is summed forward, in {region.name(use.consumer)}, is broadcast backward to all."
    whole = np.broadcast_to(use.contribution, use.operand.shape)
    for axes in (*_subsets(whole.ndim), tuple(range(whole.ndim))):
        if all(whole.shape[axis] > 1 for axis in axes):
            numbers = region.instead(use, Arrays.row(whole, axes, 0))
            clause = f"only the {sentences.some(axes, whole.ndim, 'first')} is filled in; {ask}"
            yield Guess("not-broadcast", numbers, clause)
