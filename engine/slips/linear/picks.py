"""Which entries a gradient goes to: one of a row where all are filled in, the last of several uses of an entry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from ...arrays.edges import Edge, Floats
from .. import later, sentences
from ..edits import Edit, Guess, at_one_or_all
from ..region import Region
from ..use import Use

MOST_USES = 12
MOST_ENTRIES = 64


def of_the_entries(region: Region) -> Iterator[Guess]:
    """One entry of a row where all are filled in, and the other way round; and an entry that is used more than once."""
    for use in region.uses:
        if str(use.consumer.op) == "index":
            yield from _overwritten(region, use)
    yield from at_one_or_all(region, _to_all_entries(region))
    yield from _row_filled(region)


def _to_all_entries(region: Region) -> Iterator[Edit]:
    """A maximum that passes its gradient to all entries, whole or in equal shares."""
    for use in region.uses:
        op = use.consumer.op
        if op is None or op.name not in ("max", "min"):
            continue
        whole = np.ones(np.shape(use.local.coefficient))
        share = int(np.prod(use.consumer.shape)) / int(np.prod(use.operand.shape))
        for local, words in ((whole, "goes to all entries"), (share * whole, "is shared out among all entries")):
            clause, of_all = (
                f"that {words}: which entries does {where} depend on?"
                for where in (region.where(use), f"each {sentences.operation(op)}")
            )
            yield Edit("one-hot", use, Edge(use.local.spread, local), clause, (op.name, words), of_all)


def _overwritten(region: Region, use: Use) -> Iterator[Guess]:
    op, shape = use.consumer.op, use.operand.shape
    assert op is not None
    size = int(np.prod(shape))
    # Where each picked entry comes from, by its number.
    places = np.asarray(op.forward(np.arange(size, dtype=float).reshape(shape))).astype(int).ravel()
    if len(np.unique(places)) == len(places):
        return
    upstream = np.ravel(use.upstream)
    for word, way in (("last", 1), ("first", -1)):
        kept = np.zeros(size)
        kept[places[::way]] = upstream[::way]
        of = "" if region.words.is_step(use.operand) else f" of {region.name(use.operand)}"
        clause = (
            f"only the {word} of several uses of an entry{of} is kept. Uses add up: an "
            "index that occurs twice must be added to twice (a loop with +=, or np.add.at)."
        )
        yield Guess("missing-path", region.instead(use, kept.reshape(shape)), clause)


def rows_of(numbers: Any) -> Floats:
    """The array as rows along its last axis."""
    return numbers.reshape(-1, numbers.shape[-1])


def _row_filled(region: Region) -> Iterator[Guess]:
    """The gradient is zero but for one entry of each row, and the others are filled in too."""
    shape = region.shape
    if not shape or shape[-1] < 2:
        return
    rows, given = rows_of(region.chain), rows_of(region.written)
    hot = np.abs(rows) > 1e-12 * rows_of(np.broadcast_to(region.size, shape)).max(initial=0.0)
    if not hot.any() or (hot.sum(1) > 1).any():
        return
    used = "only one entry of each row is used" if len(shape) > 1 else "only one entry is used"
    clause = f"{used} further on, and the others get a gradient too: which one is it?"
    if (given[~hot] != 0.0).mean() > 0.5:
        yield Guess("one-hot", np.where(hot, rows, given).reshape(shape), clause)


def turned_round(region: Region) -> Iterator[Guess]:
    for use in region.uses[:MOST_USES]:
        yield from _turned_round(region, use)


def _turned_round(region: Region, use: Use) -> Iterator[Guess]:
    """The gradient of what an index picks put back in another order along an axis, as a kernel is flipped."""
    if str(use.consumer.op) != "index":
        return
    clause = f"what goes back through {region.name(use.consumer)} is turned round along an axis (a flip)."
    axes = range(len(use.consumer.shape))
    for flipped in (*combinations(axes, 1), *combinations(axes, 2)):
        yield Guess("transposed", later.instead(region, use, np.flip(use.upstream, flipped), use.local), clause)


def one_by_one(region: Region) -> Iterator[Guess]:
    for axis in range(len(region.shape)):
        yield from _one_by_one(region, axis)


def _one_by_one(region: Region, axis: int) -> Iterator[Guess]:
    """Of a consumer of the same shape only the entry in the same place along an axis: a softmax entry by entry, say."""
    length = region.shape[axis]
    if not 1 < length <= MOST_ENTRIES:
        return
    for node in region.sources:
        if node.shape != region.shape:
            continue
        upstream, found = region.upstream(node), np.array(region.chain - region.from_node(node))
        for entry in range(length):
            at = _at(axis, entry, len(region.shape))
            alone = np.zeros(region.shape)
            alone[at] = upstream[at]
            found[at] += region.from_node(node, alone)[at]
        clause = (
            f"only what an entry of {region.name(node)} passes to the entry in its own place is there, and it depends "
            f"on more entries of its {sentences.line(axis, len(region.shape))}. Uses add up: where are the others?"
        )
        yield Guess("missing-path", found, clause)


def _at(axis: int, entry: int, axes: int) -> Any:
    return tuple(entry if i == axis else slice(None) for i in range(axes))
