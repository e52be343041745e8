"""Guesses on where the numbers stand: rows for columns, one entry of a row, one of several uses of an entry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

import numpy as np

from ..arrays.edges import Edge, Floats
from . import sentences
from .array_alike import Change, at_one_or_all
from .array_guess import FACTORS, Guess
from .array_moves import of_the_moves
from .array_products import of_the_products
from .array_region import Region, Use

MOST_AXES = 4


def of_the_layout(region: Region) -> Iterator[Guess]:
    yield from of_the_moves(region)
    yield from _transposed(region)
    yield from of_the_products(region)
    for use in region.uses:
        if use.consumer.op is not None and use.consumer.op.name == "einsum":
            yield from _wrong_axes_of_einsum(region, use)


def _transposed(region: Region) -> Iterator[Guess]:
    """The right numbers, row by row where they belong column by column, or the other way round."""
    chain, shape = region.chain, region.shape
    if not 2 <= len(shape) <= MOST_AXES:
        return
    what = "rows and columns are exchanged" if len(shape) == 2 else "axes are exchanged"
    clause = f"these are the right numbers in the wrong places: {what} (a transpose)."
    for axes in list(permutations(range(len(shape))))[1:]:
        turned = [shape[axis] for axis in axes]
        for numbers in (chain.transpose(axes).reshape(shape), chain.reshape(turned).transpose(np.argsort(axes))):
            yield Guess("transposed", numbers, clause, FACTORS | {"wrong-axis"})
    turned_round = "these are the right numbers in the wrong places: turned round along an axis (a flip)."
    for count in range(1, len(shape) + 1):
        for flipped in combinations(range(len(shape)), count):
            yield Guess("transposed", np.flip(chain, flipped), turned_round, FACTORS)


def _wrong_axes_of_einsum(region: Region, use: Use) -> Iterator[Guess]:
    """The letters of one factor exchanged, where the lengths allow it."""
    op, operands = use.consumer.op, use.consumer.operands
    assert op is not None
    back = f"on the way back through {region.name(use.consumer)}"
    clause = f"{back}, axes of {{}} are exchanged: which letter belongs to which axis?"
    for upstream in _same_shape(use.upstream):
        yield Guess("transposed", region.instead(use, upstream * use.local), clause.format("its gradient"))
    for place, other in enumerate(operands):
        if place == use.place:
            continue
        for turned in _same_shape(other.data):
            inputs = [turned if i == place else operand.data for i, operand in enumerate(operands)]
            local = op.derivatives(*inputs, use.consumer.data)[use.place]
            words = clause.format(region.name(other))
            yield Guess("transposed", region.instead(use, use.upstream * local), words)


def _same_shape(factor: Any) -> Iterator[Floats]:
    """The array with its axes in the other orders that leave its shape."""
    if np.ndim(factor) <= MOST_AXES:
        for axes in list(permutations(range(np.ndim(factor))))[1:]:
            if np.transpose(factor, axes).shape == np.shape(factor):
                yield np.transpose(factor, axes)


def of_the_entries(region: Region) -> Iterator[Guess]:
    """One entry of a row where all are filled in, and the other way round; and an entry that is used more than once."""
    for use in region.uses:
        if str(use.consumer.op) == "index":
            yield from _overwritten(region, use)
    yield from at_one_or_all(region, _to_all_entries(region))
    yield from _row_filled(region)


def _to_all_entries(region: Region) -> Iterator[Change]:
    """A maximum that passes its gradient to all entries, whole or in equal shares."""
    covers = FACTORS | {"not-summed", "missing-path"}
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
            yield Change("one-hot", use, Edge(use.local.spread, local), clause, (op.name, words), of_all, covers)


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
        clause = (
            f"only the {word} of several uses of an entry in {region.name(use.consumer)} is kept. Uses add up: an "
            "index that occurs twice must be added to twice (a loop with +=, or np.add.at)."
        )
        yield Guess("missing-path", region.instead(use, kept.reshape(shape)), clause, FACTORS | {"not-summed"})


def _rows(numbers: Floats) -> Floats:
    return numbers.reshape(-1, numbers.shape[-1])


def _row_filled(region: Region) -> Iterator[Guess]:
    """The gradient is zero but for one entry of each row, and the others are filled in too."""
    shape = region.shape
    if not shape or shape[-1] < 2:
        return
    rows, given = _rows(region.chain), _rows(region.written)
    hot = np.abs(rows) > 1e-12 * _rows(np.broadcast_to(region.size, shape)).max(initial=0.0)
    if not hot.any() or (hot.sum(1) > 1).any():
        return
    covers = FACTORS | {"not-summed", "missing-path", "forgot-local"}
    used = "only one entry of each row is used" if len(shape) > 1 else "only one entry is used"
    clause = f"{used} further on, and the others get a gradient too: which one is it?"
    if (given[~hot] != 0.0).mean() > 0.5:
        yield Guess("one-hot", np.where(hot, rows, given).reshape(shape), clause, covers)


def of_the_targets(region: Region) -> Iterator[Guess]:
    """The gradient has a part with one entry a row, which is left out, turned round, or not scaled like the rest."""
    shape = region.shape
    if len(shape) < 2 or shape[-1] < 2:
        return
    off = region.written - region.chain
    covers = FACTORS | {"missing-path", "sign", "forgot-local", "rule", "swapped"}
    for use in region.uses:
        # What comes from an array that they have a gradient of is told by its name.
        if use.operand.shape != shape or use.consumer in region.sources:
            continue
        part = np.broadcast_to(use.contribution, shape)
        noise = 1e-12 * region.size
        entries = _rows(np.abs(part) > noise).sum(1)
        rest = np.abs(region.chain - part) > noise
        if (entries > 1).any() or not entries.mean() > 0.5 or not rest.any():
            continue
        share = float((off * part).sum()) / float((part * part).sum())
        ask = "not scaled like the rest"
        if abs(share + 1.0) < 1e-3:
            ask = "left out"
        elif abs(share + 2.0) < 1e-3:
            ask = "added where it is to be subtracted, or the other way round"
        clause = (
            "all entries fit but one in each row, which is off in the same way everywhere: is a one-hot row (of the "
            f"targets, say) {ask}?"
        )
        yield Guess("one-hot", region.chain + share * part, clause, covers)
        others = region.chain - part
        factor = float(((region.written - part) * others).sum()) / float((others * others).sum())
        clause = (
            "what goes with a one-hot row (of the targets, say) fits, and the rest is off by one factor: what is "
            "each of the two divided by?"
        )
        if factor > 0.0:
            yield Guess("one-hot", part + factor * others, clause, covers | {"wrong-axis"})
