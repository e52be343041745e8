"""Guesses on a local derivative: that of one use, or of each use of one operation, is a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..arrays.edges import Edge, summed_to
from ..arrays.operation import ArrayOp
from . import sentences
from .array_alike import Change, at_one_or_all
from .array_guess import FACTORS, Guess, WrongLocal
from .array_masks import MASKS, TURNED_ROUND, is_mask, of_a_mask, of_a_share
from .array_region import Region, Use
from .mistakes import mistakes_with, unbracketed

_WITH_FACTORS = ("mean", "var", "std", *MASKS)
"""The operations that multiply a gradient entry by entry, besides those of the page of calculus."""

_OF_ONE_STEP = FACTORS | {"rule", "wrong-upstream"}
"""What a local derivative left out may look like: the gradient of what the consumer goes into, taken for its own."""


def of_the_rules(region: Region) -> Iterator[Guess]:
    """One wrong local derivative at one use; then the same at all uses of one operation."""
    yield from at_one_or_all(region, _changes(region))


def _changes(region: Region) -> Iterator[Change]:
    for use in region.uses:
        where, letters = region.where(use), region.words.letters(use.consumer)
        for wrong in _wrong_locals(region, use):
            local = wrong.local if isinstance(wrong.local, Edge) else _with_coefficient(use, wrong.local)
            of_all = wrong.clause(f"each {sentences.operation(use.consumer.op)}", sentences.OF_EACH)
            # What is kept out of one side goes into the other.
            place = "" if wrong.words.startswith(TURNED_ROUND) else use.place
            alike = (str(use.consumer.op), place, wrong.words)
            yield Change(wrong.kind, use, local, wrong.clause(where, letters), alike, of_all, wrong.covers)


def _wrong_locals(region: Region, use: Use) -> Iterator[WrongLocal]:
    op, local = use.consumer.op, use.local
    own = local.coefficient if isinstance(local, Edge) else local
    base = op.scalar if isinstance(op, ArrayOp) else op
    if op is None or (base is None and op.name not in _WITH_FACTORS):
        return
    if base is not None:
        yield from _slips(use, base, own)
    yield from of_a_mask(use, own)
    left_out = sentences.mask_left_out if is_mask(use, own) else sentences.local_left_out
    yield WrongLocal("forgot-local", "", 1.0, lambda where, _: left_out(where), _OF_ONE_STEP)
    yield WrongLocal("rule", "twice", own * own, lambda where, _: sentences.local_twice(where))
    yield from of_a_share(region, use, own)
    operands = use.consumer.operands
    if base is not None and len(operands) == 2 and operands[0] is not operands[1]:
        theirs = region.comparison.locals_of(use.consumer)[1 - use.place]
        other = region.name(operands[1 - use.place])
        yield WrongLocal(
            "swapped",
            "",
            theirs.coefficient if isinstance(theirs, Edge) else theirs,
            lambda where, _: f"that is what {where} passes to the other operand, {other}. Which is for this one?",
        )


def _slips(use: Use, base: Any, own: Any) -> Iterator[WrongLocal]:
    inputs = [np.asarray(number) if use.consumer.shape else number for number in use.inputs]
    for slip in mistakes_with(base):
        if slip.operand != use.place:
            continue
        try:
            coefficient = slip.local(*inputs, use.consumer.data)
        except (ArithmeticError, ValueError):
            continue
        # nan says that it is no mistake there.
        coefficient = np.where(np.isnan(coefficient), own, coefficient)
        yield WrongLocal("rule", slip.words, coefficient, _slope(slip.words, slip.question))
    if isinstance(use.local, Edge):
        for number, (words, question, _) in enumerate(unbracketed(use.consumer, use.place, use.upstream)):
            yield WrongLocal("rule", f"{number}: {words}", _without_brackets(use, number), _slope(words, question))


def _without_brackets(use: Use, number: int) -> Edge:
    """What the rule passes back whose brackets are lost; it need not be a multiple of the upstream gradient."""

    def spread(upstream: Any, _: Any) -> Any:
        *_, passed = [*unbracketed(use.consumer, use.place, upstream)][number]
        return summed_to(np.broadcast_to(passed, use.consumer.shape), use.operand.shape)

    return Edge(spread)


def _slope(words: str, question: str) -> Callable[[str, Mapping[str, str]], str]:
    return lambda where, letters: sentences.slope(where, words, question, letters)


def _with_coefficient(use: Use, coefficient: Any) -> Any:
    """The local derivative of a use with other numbers in it."""
    if not isinstance(use.local, Edge):
        return float(coefficient)
    whole = np.broadcast_shapes(np.shape(coefficient), np.shape(use.local.coefficient))
    return Edge(use.local.spread, np.broadcast_to(coefficient, whole), use.local.sizes)
