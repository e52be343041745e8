"""One array for another in a rule: one like it, its gradient, one a step further on, a part of it, or none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.edges import Edge
from . import later, sentences
from .edits import Edit, Guess, at_one_or_all
from .region import Region
from .use import Use
from .words import MOST_STEPS

if TYPE_CHECKING:
    from ..value import Value

MOST_USES = 12
MOST_OTHERS = 60
MOST_STEPS_ON = 3
"""Of the arrays that come out of a step so many may be taken for the one that goes in."""
MOST_NUMBERS = 2_000_000
"""Of larger arrays fewer others are tried."""


def a_step_on(region: Region) -> Iterator[Guess]:
    """What comes out of a step for what goes in, and the other way round; half of a factor that has no label."""
    edits = (*_one_step_on(region), *_one_step_back(region), *_half_a_factor(region, is_labelled=False))
    yield from at_one_or_all(region, edits)


def another(region: Region) -> Iterator[Guess]:
    """Any other array of the same shape; half of a factor that has a label."""
    for use in region.uses[:MOST_USES]:
        yield from _another_factor(region, use)
    yield from at_one_or_all(region, _half_a_factor(region, is_labelled=True))


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
            yield Guess("rule", later.instead(region, use, *_passed(use, place, numbers)), clause)
        gradient = region.upstream(operands[place])
        clause = f"that is computed from the gradient of {factor}, where its data belong."
        yield Guess("rule", later.instead(region, use, *_passed(use, place, gradient)), clause)
        clause = f"in what comes from {product}, {factor} is not multiplied in at all."
        ones = np.ones(operands[place].shape)
        yield Guess("forgot-local", later.instead(region, use, *_passed(use, place, ones)), clause)
    if not beside and use.consumer.shape == use.operand.shape:
        for other in _others_like(region, use.consumer):
            swapped = [other.data if i == use.place else data for i, data in enumerate(inputs)]
            of = region.name(other)
            clause = f"the slope of {region.where(use)} is computed from {of}. Of which array is it taken?"
            for given in ((*inputs, other.data), (*swapped, use.consumer.data)):
                local = op.derivatives(*given)[use.place]
                yield Guess("rule", later.instead(region, use, use.upstream, local), clause)


def _one_step_on(region: Region) -> Iterator[Edit]:
    """In a recurrence, what comes out of a step for what goes in."""
    for use in region.uses:
        if str(use.consumer.op) not in ("@", "*") or not use.beside[0].shape:
            continue
        other = use.consumer.operands[1 - use.place]
        alike = (node for node in region.words.labelled_from(use.consumer) if node.shape == other.shape)
        for number, after in enumerate(islice(alike, MOST_STEPS_ON)):
            if after is other:
                continue
            inputs = [use.operand.data, after.data] if use.place == 0 else [after.data, use.operand.data]
            assert use.consumer.op is not None
            local = use.consumer.op.derivatives(*inputs, use.consumer.data)[use.place]
            clause = (
                f"that is computed from {region.name(after)}, which comes out of the product. Which array goes into it?"
            )
            of_all = "in each step, the array that comes out of it stands where the one that goes in belongs."
            yield Edit("rule", use, local, clause, (str(use.consumer.op), use.place, number), of_all)


def _one_step_back(region: Region) -> Iterator[Edit]:
    """In a recurrence, the state that goes into a step for the one that it makes, in the slope of what makes it."""
    for use in region.uses:
        op, operand = use.consumer.op, use.operand
        if op is None or use.beside or use.consumer.shape != operand.shape or not use.consumer.label:
            continue
        each = f"each {sentences.operation(op)}"
        of_all = f"the slope of {each} is computed from what goes into its step. Of which array is it taken?"
        before = (node for node in _labelled_below(operand) if node.shape == operand.shape)
        for number, other in enumerate(islice(before, MOST_STEPS_ON)):
            of = region.name(other)
            clause = f"the slope of {region.where(use)} is computed from {of}. Of which array is it taken?"
            for place, given in enumerate(((operand.data, other.data), (other.data, use.consumer.data))):
                local = op.derivatives(*given)[use.place]
                yield Edit("rule", use, local, clause, (str(op), number, place), of_all)


def _labelled_below(node: Value) -> Iterator[Value]:
    """The nodes with a label that a node is computed from, the nearest first."""
    met = dict.fromkeys(node.operands)
    waiting = [*met]
    for each in waiting:  # it grows as it is walked
        if each.label and not each.is_constant:
            yield each
        elif len(met) <= MOST_STEPS:
            new = [operand for operand in each.operands if operand not in met]
            met.update(dict.fromkeys(new))
            waiting += new


def _half_a_factor(region: Region, *, is_labelled: bool) -> Iterator[Edit]:
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
            yield Edit("rule", use, local, clause, (str(use.consumer.op), use.place, place), of_all)


def _passed(use: Use, place: int, numbers: Any) -> tuple[Any, Any]:
    """What a use passes back, and by which local derivative, with other numbers for one of the consumer's operands."""
    assert use.consumer.op is not None
    inputs = [numbers if i == place else operand.data for i, operand in enumerate(use.consumer.operands)]
    return use.upstream, use.consumer.op.derivatives(*inputs, use.consumer.data)[use.place]


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
