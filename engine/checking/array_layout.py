"""Guesses on where the numbers stand: rows for columns, one entry of a row, one of several uses of an entry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

import numpy as np

from ..arrays.edges import Floats, summed_to
from .array_guess import FACTORS, Guess
from .array_region import Region, Use

MOST_AXES = 4


def of_the_layout(region: Region) -> Iterator[Guess]:
    yield from _transposed(region)
    for use in region.uses:
        if use.consumer.op is not None and use.consumer.op.name == "@":
            yield from _wrong_products(region, use)
        elif use.consumer.op is not None and use.consumer.op.name == "einsum":
            yield from _wrong_axes_of_einsum(region, use)


def _transposed(region: Region) -> Iterator[Guess]:
    """The right numbers, row by row where they belong column by column, or the other way round."""
    chain, shape = region.chain, region.shape
    if not 2 <= len(shape) <= MOST_AXES:
        return
    clause = "these are the right numbers in the wrong places: rows and columns are exchanged (a transpose)."
    for axes in list(permutations(range(len(shape))))[1:]:
        turned = [shape[axis] for axis in axes]
        for numbers in (chain.transpose(axes).reshape(shape), chain.reshape(turned).transpose(np.argsort(axes))):
            yield Guess("transposed", numbers, clause, FACTORS | {"wrong-axis"})


def _wrong_products(region: Region, use: Use) -> Iterator[Guess]:
    """The products of the same two factors in another order, or with other transposes."""
    upstream, other = np.asarray(use.upstream), np.asarray(use.consumer.operands[1 - use.place].data)
    if np.ndim(upstream) < 2 or np.ndim(other) < 2 or len(use.operand.shape) < 2:
        return
    factor = region.name(use.consumer.operands[1 - use.place])
    of = region.name(use.consumer)
    clause = (
        f"the gradient of {of} and {factor} are multiplied in another order, or with a transpose too many or too few."
    )
    for one, two in product(_turned(upstream), _turned(other)):
        for left, right in ((one, two), (two, one)):
            if left.shape[-1] != right.shape[-2]:
                continue
            try:
                contribution = summed_to(left @ right, use.operand.shape)
            except ValueError:
                continue
            if contribution.shape == use.operand.shape:
                yield Guess("transposed", region.instead(use, contribution), clause, FACTORS | {"swapped"})


def _turned(factor: Floats) -> list[Floats]:
    forms = [factor, factor.swapaxes(-1, -2)]
    if factor.shape[-1] != factor.shape[-2]:
        turned = (*factor.shape[:-2], factor.shape[-1], factor.shape[-2])
        forms += [factor.reshape(turned), factor.reshape(turned).swapaxes(-1, -2)]
    return forms


def _wrong_axes_of_einsum(region: Region, use: Use) -> Iterator[Guess]:
    """The letters of one factor exchanged, where the lengths allow it."""
    op, operands = use.consumer.op, use.consumer.operands
    assert op is not None
    clause = "in '{}' of {}, axes of {} are exchanged: which letter belongs to which axis?"
    of = region.name(use.consumer)
    for upstream in _same_shape(use.upstream):
        yield Guess("transposed", region.instead(use, upstream * use.local), clause.format(op.name, of, f"d{of}"))
    for place, other in enumerate(operands):
        if place == use.place:
            continue
        for turned in _same_shape(other.data):
            inputs = [turned if i == place else operand.data for i, operand in enumerate(operands)]
            local = op.derivatives(*inputs, use.consumer.data)[use.place]
            words = clause.format(op.name, of, region.name(other))
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
        op = use.consumer.op
        if op is not None and op.name == "index":
            yield from _overwritten(region, use)
        elif op is not None and op.name in ("max", "min"):
            question = f"which entries does '{op.name}' in {region.name(use.consumer)} depend on?"
            everywhere = np.broadcast_to(_spread_out(use), use.operand.shape)
            clause = f"that goes to all entries of a row: {question}"
            yield Guess("one-hot", region.instead(use, everywhere), clause, FACTORS | {"not-summed", "missing-path"})
    yield from _row_filled(region)
    yield from _one_hot_part(region)


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


def _spread_out(use: Use) -> Floats:
    """The upstream gradient of a reduction, put back in place to be broadcast."""
    coefficient = use.local.coefficient
    back: Floats = use.upstream * type(use.local)(use.local.spread, np.ones(np.shape(coefficient)))
    return back


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
    clause = "only one entry of each row is used further on, and the others get a gradient too: which one is it?"
    if (given[~hot] != 0.0).mean() > 0.5:
        yield Guess("one-hot", np.where(hot, rows, given).reshape(shape), clause, covers)


def _one_hot_part(region: Region) -> Iterator[Guess]:
    """The gradient has a part with one entry a row, which is left out, or not scaled like the rest."""
    shape = region.shape
    if len(shape) < 2 or shape[-1] < 2:
        return
    off = region.written - region.chain
    for use in region.uses:
        if use.operand.shape != shape:
            continue
        part = np.broadcast_to(use.contribution, shape)
        entries = (_rows(part) != 0.0).sum(1)
        rest = np.abs(region.chain - part) > 1e-12 * region.size
        if (entries > 1).any() or not entries.mean() > 0.5 or not rest.any():
            continue
        share = float((off * part).sum()) / float((part * part).sum())
        clause = (
            "all entries fit but one in each row, which is off in the same way everywhere: is a one-hot row (of the "
            "targets, say) left out, or not scaled like the rest?"
        )
        covers = FACTORS | {"missing-path", "sign", "forgot-local", "rule"}
        yield Guess("one-hot", region.chain + share * part, clause, covers)
