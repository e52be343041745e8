"""Guesses that cost more, for where no other fits: one array for another, and the entries of a row one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .array_guess import FACTORS, PATHS, Guess
from .array_region import Region, Use

MOST_OTHERS = 20
MOST_ENTRIES = 64


def of_the_mixups(region: Region) -> Iterator[Guess]:
    for use in region.direct:
        yield from _another_factor(region, use)
    for axis in range(len(region.shape)):
        yield from _one_by_one(region, axis)


def _another_factor(region: Region, use: Use) -> Iterator[Guess]:
    """The local derivative computed from another array of the same shape."""
    op, operands = use.consumer.op, use.consumer.operands
    if op is None:
        return
    for place, operand in enumerate(operands):
        if place == use.place or not operand.shape:
            continue
        for other in region.others[:MOST_OTHERS]:
            if other.shape != operand.shape or other is operand:
                continue
            inputs = [other.data if i == place else each.data for i, each in enumerate(operands)]
            local = op.derivatives(*inputs, use.consumer.data)[use.place]
            clause = (
                f"that is computed from {region.name(other)}. Which array stands beside {region.name(region.node)} in "
                f"{region.name(use.consumer)}?"
            )
            yield Guess("rule", region.instead(use, use.upstream * local), clause, FACTORS)


def _one_by_one(region: Region, axis: int) -> Iterator[Guess]:
    """Of a consumer of the same shape only the entry in the same place along an axis: a softmax entry by entry, say."""
    length = region.shape[axis]
    if not 1 < length <= MOST_ENTRIES:
        return
    for node in region.sources:
        if node.shape != region.shape:
            continue
        upstream, found = region.comparison.upstream[node], np.array(region.chain - region.from_node(node))
        for entry in range(length):
            at = _at(axis, entry, len(region.shape))
            alone = np.zeros(region.shape)
            alone[at] = upstream[at]
            found[at] += region.from_node(node, alone)[at]
        clause = (
            f"only what an entry of {region.name(node)} passes to the entry in its own place is there, and it depends "
            "on more entries of its row or column. Uses add up: where are the others?"
        )
        yield Guess("missing-path", found, clause, PATHS)


def _at(axis: int, entry: int, axes: int) -> Any:
    return tuple(entry if i == axis else slice(None) for i in range(axes))
