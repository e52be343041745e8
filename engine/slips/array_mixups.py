"""Guesses that cost more, for where no other fits: one array for another, blocks exchanged, a factor in one part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import products
from ..arrays.edges import Edge, summed_to
from ..arrays.operation import ArrayOp
from . import sentences
from .array_alike import Change, at_one_or_all
from .array_brackets import of_the_brackets
from .array_guess import PATHS, Guess
from .array_moves import of_the_places
from .array_region import Region, Use
from .array_upstream import factors_near, fits

if TYPE_CHECKING:
    from ..value import Value

MOST_USES = 12
MOST_OTHERS = 60
MOST_BLOCKS = 5
MOST_ENTRIES = 64
MOST_STEPS_ON = 3
"""Of the arrays that come out of a step so many may be taken for the one that goes in."""
MOST_NUMBERS = 2_000_000
"""Of larger arrays fewer others are tried."""


def of_the_mixups(region: Region) -> Iterator[Guess]:
    yield from of_the_brackets(region)
    yield from _data_for_gradient(region)
    yield from _added(region)
    yield from at_one_or_all(region, (*_one_step_on(region), *_half_a_factor(region, is_labelled=False)))
    yield from _blocks_exchanged(region)
    for use in region.uses[:MOST_USES]:
        yield from _another_factor(region, use)
    yield from at_one_or_all(region, _half_a_factor(region, is_labelled=True))
    yield from _a_factor_off_in_a_part(region)
    for axis in range(len(region.shape)):
        yield from _one_by_one(region, axis)
    for use in region.uses[:MOST_USES]:
        yield from _turned_round(region, use)
    yield from of_the_places(region)


def _another_factor(region: Region, use: Use) -> Iterator[Guess]:
    """The local derivative computed from another array of the same shape."""
    op, operands = use.consumer.op, use.consumer.operands
    if op is None:
        return
    beside = [place for place, operand in enumerate(operands) if place != use.place and operand.shape]
    inputs = [operand.data for operand in operands]
    for place in beside:
        product, factor = region.name(use.consumer), region.words.factor(operands[place])
        question = f"Which array stands beside {region.words.factor(use.operand)} in {product}?"
        for of, numbers in _others_for(region, operands[place]):
            clause = f"that is computed from {of}. {question}"
            yield Guess("rule", region.instead(use, _passed(use, place, numbers)), clause)
        gradient = region.comparison.upstream[operands[place]]
        clause = f"that is computed from the gradient of {factor}, where its data belong."
        yield Guess("rule", region.instead(use, _passed(use, place, gradient)), clause)
        clause = f"in what comes from {product}, {factor} is not multiplied in at all."
        yield Guess("forgot-local", region.instead(use, _passed(use, place, np.ones(operands[place].shape))), clause)
    if not beside and use.consumer.shape == use.operand.shape:
        for other in _others_like(region, use.consumer):
            swapped = [other.data if i == use.place else data for i, data in enumerate(inputs)]
            of = region.name(other)
            clause = f"the slope of {region.where(use)} is computed from {of}. Of which array is it taken?"
            for given in ((*inputs, other.data), (*swapped, use.consumer.data)):
                local = op.derivatives(*given)[use.place]
                yield Guess("rule", region.instead(use, use.upstream * local), clause)


def _one_step_on(region: Region) -> Iterator[Change]:
    """In a recurrence, what comes out of a step for what goes in."""
    for use in region.uses:
        if str(use.consumer.op) != "@":
            continue
        other = use.consumer.operands[1 - use.place]
        alike = (node for node in region.words.labelled_from(use.consumer) if node.shape == other.shape)
        for number, after in enumerate(islice(alike, MOST_STEPS_ON)):
            if after is other:
                continue
            inputs = [use.operand.data, after.data] if use.place == 0 else [after.data, use.operand.data]
            local = products.MATMUL.derivatives(*inputs, use.consumer.data)[use.place]
            clause = (
                f"that is computed from {region.name(after)}, which comes out of the product. Which array goes into it?"
            )
            of_all = "in each step, the array that comes out of it stands where the one that goes in belongs."
            yield Change("rule", use, local, clause, (use.place, number), of_all)


def _half_a_factor(region: Region, *, is_labelled: bool) -> Iterator[Change]:
    """Of a factor that is itself made of arrays, one of these alone.

    Args:
        is_labelled: whether the factors are wanted that have a label, or the others.
    """
    for use in region.uses:
        if len(use.consumer.operands) != 2:
            continue
        beside = 1 - use.place
        other = use.consumer.operands[beside]
        for place, half in enumerate(other.operands if bool(other.label) == is_labelled else ()):
            if half.shape != other.shape or not isinstance(use.local, Edge):
                continue
            clause = f"that is computed from {region.name(half)}, where {region.name(other)} belongs."
            where = f"each {sentences.operation(use.consumer.op)}"
            of_all = f"in {where}, one part of the other factor stands for the whole."
            inputs = [half.data if i == beside else node.data for i, node in enumerate(use.consumer.operands)]
            assert use.consumer.op is not None
            local = use.consumer.op.derivatives(*inputs, use.consumer.data)[use.place]
            yield Change("rule", use, local, clause, (str(use.consumer.op), use.place, place), of_all)


def _passed(use: Use, place: int, numbers: Any) -> Any:
    """What a use passes back with other numbers for one of the consumer's operands."""
    assert use.consumer.op is not None
    inputs = [numbers if i == place else operand.data for i, operand in enumerate(use.consumer.operands)]
    return use.upstream * use.consumer.op.derivatives(*inputs, use.consumer.data)[use.place]


def _others_for(region: Region, factor: Value) -> Iterator[tuple[str, Any]]:
    """The names and numbers of the arrays like a factor, turned as it is where it stands there with a transpose."""
    turns = []
    while not factor.label and factor.op is not None and factor.op.name == "transpose":
        turns.append(factor.op)
        (factor,) = factor.operands
    for other in _others_like(region, factor):
        numbers = other.data
        for turn in reversed(turns):
            numbers = turn.forward(numbers)
        yield region.name(other), numbers


def _others_like(region: Region, node: Value) -> Iterator[Value]:
    most = min(MOST_OTHERS, MOST_NUMBERS // max(int(np.prod(node.shape)), 1))
    for other in region.others[:most]:
        if other.shape == node.shape and other is not node:
            yield other


def _data_for_gradient(region: Region) -> Iterator[Guess]:
    """The data of an array where a gradient belongs."""
    for node in dict.fromkeys((region.node, *region.others[:MOST_OTHERS])):
        if node.shape == region.shape:
            clause = sentences.data(region.name(node), "numbers")
            yield Guess("rule", np.asarray(node.data), clause)
    for node in region.met:
        if node.shape and (node.label or node in region.sources):
            clause = sentences.data_passed_on(region.name(node))
            yield Guess("rule", region.from_sources({node: node.data}), clause)


def _added(region: Region) -> Iterator[Guess]:
    """The upstream gradient and the local derivative added where they are to be multiplied."""
    for use in region.uses:
        op = use.consumer.op
        is_entrywise = not isinstance(op, ArrayOp) or op.scalar is not None
        if op is not None and is_entrywise and isinstance(use.local, Edge):
            passed = np.broadcast_to(use.upstream + use.local.coefficient, use.consumer.shape)
            numbers = region.instead(use, summed_to(passed, use.operand.shape))
            yield Guess("rule", numbers, sentences.added(region.name(use.consumer)))


def _turned_round(region: Region, use: Use) -> Iterator[Guess]:
    """The gradient of what an index picks put back in another order along an axis, as a kernel is flipped."""
    if str(use.consumer.op) != "index":
        return
    clause = f"what goes back through {region.name(use.consumer)} is turned round along an axis (a flip)."
    axes = range(len(use.consumer.shape))
    for flipped in (*combinations(axes, 1), *combinations(axes, 2)):
        yield Guess("transposed", region.instead(use, np.flip(use.upstream, flipped) * use.local), clause, PATHS)


def _blocks_exchanged(region: Region) -> Iterator[Guess]:
    """What belongs to one slice of the array stands in the place of another, as gates or steps in another order."""
    slices = [use for use in region.direct if str(use.consumer.op) == "index"]
    shapes = {use.consumer.shape for use in slices}
    if not 1 < len(slices) <= MOST_BLOCKS or len(shapes) > 1:
        return
    names = region.words.listed(use.consumer for use in reversed(slices))
    clause = f"what belongs to {names} is there, but not each in its own place: in which order are they taken out?"
    for order in list(permutations(slices))[1:]:
        passed: Any = sum(other.upstream * use.local for use, other in zip(slices, order))
        own: Any = sum(region.through(use) for use in slices)
        yield Guess("transposed", region.chain - own + passed, clause, PATHS)


def _a_factor_off_in_a_part(region: Region) -> Iterator[Guess]:
    """An array's numbers left out or multiplied in once too often, in one part of several."""
    factors = [*factors_near(region)]
    for part in region.parts:
        for name, factor in factors:
            if fits(factor.shape, region.shape):
                rest, left_out = region.chain - part.numbers, sentences.factor_left_out(name, part.name)
                yield Guess("forgot-local", rest + part.numbers / factor, left_out)
                too_often = sentences.factor_too_often(name, part.name)
                yield Guess("rule", rest + part.numbers * factor, too_often)


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
            f"on more entries of its {sentences.line(axis, len(region.shape))}. Uses add up: where are the others?"
        )
        yield Guess("missing-path", found, clause, PATHS)


def _at(axis: int, entry: int, axes: int) -> Any:
    return tuple(entry if i == axis else slice(None) for i in range(axes))
