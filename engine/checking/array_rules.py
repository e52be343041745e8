"""Guesses on a local derivative: that of one use, or of each use of one operation, is a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..arrays.edges import Edge
from ..arrays.operation import ArrayOp
from . import sentences
from .array_guess import FACTORS, Guess
from .array_region import Region, Use
from .mistakes import Mistake, mistakes_with

_WITH_FACTORS = ("mean", "var", "std")
"""The operations that multiply a gradient entry by entry, besides those of the page of calculus."""


class _Wrong(NamedTuple):
    """A wrong coefficient of a use.

    Attributes:
        words: what tells it from the others of its kind.
        clause: where it is, in words, and what the letters of a rule stand for there -> the sentence.
    """

    kind: str
    words: str
    coefficient: Any
    clause: Callable[[str, Mapping[str, str]], str]
    covers: frozenset[str] = FACTORS


def of_the_rules(region: Region) -> Iterator[Guess]:
    """One wrong local derivative at one use; then the same at all uses of one operation."""
    alike: dict[tuple[str, int, str, str], list[tuple[Use, _Wrong]]] = {}
    for use in region.uses:
        names = [region.name(operand) for operand in use.consumer.operands]
        where = region.where(use)
        letters = sentences.letters(region.name(use.consumer), names)
        for wrong in _wrong_coefficients(region, use):
            contribution = use.upstream * _with_coefficient(use, wrong.coefficient)
            yield Guess(wrong.kind, region.instead(use, contribution), wrong.clause(where, letters), wrong.covers)
            alike.setdefault((str(use.consumer.op), use.place, wrong.kind, wrong.words), []).append((use, wrong))
    for (op, _, kind, _), found in alike.items():
        if len(found) > 1:
            locals_ = {use.key: _with_coefficient(use, wrong.coefficient) for use, wrong in found}
            wrong = found[0][1]
            clause = wrong.clause(f"each '{op}'", sentences.OF_EACH)
            yield Guess(kind, region.from_sources(locals_=locals_), clause, wrong.covers)


def _wrong_coefficients(region: Region, use: Use) -> Iterator[_Wrong]:
    op, local = use.consumer.op, use.local
    own = local.coefficient if isinstance(local, Edge) else local
    base = op.scalar if isinstance(op, ArrayOp) else op
    if op is None or (base is None and op.name not in _WITH_FACTORS):
        return
    if base is not None:
        yield from _slips(use, base, own)
    yield _Wrong(
        "forgot-local",
        "",
        1.0,
        lambda where, _: f"the local derivative of {where} is not multiplied in: what is it?",
        FACTORS | {"rule"},
    )
    yield _Wrong(
        "rule", "twice", own * own, lambda where, _: f"the local derivative of {where} is multiplied in once too often."
    )
    operands = use.consumer.operands
    if base is not None and len(operands) == 2 and operands[0] is not operands[1]:
        theirs = region.comparison.locals_of(use.consumer)[1 - use.place]
        other = region.name(operands[1 - use.place])
        yield _Wrong(
            "swapped",
            "",
            theirs.coefficient if isinstance(theirs, Edge) else theirs,
            lambda where, _: f"that is what {where} passes to the other operand, {other}. Which is for this one?",
        )


def _slips(use: Use, base: Any, own: Any) -> Iterator[_Wrong]:
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
        yield _Wrong("rule", slip.words, coefficient, _clause(slip))


def _clause(slip: Mistake) -> Callable[[str, Mapping[str, str]], str]:
    return lambda where, letters: sentences.slope(where, slip.words, slip.question, letters)


def _with_coefficient(use: Use, coefficient: Any) -> Any:
    """The local derivative of a use with other numbers in it."""
    if not isinstance(use.local, Edge):
        return float(coefficient)
    whole = np.broadcast_shapes(np.shape(coefficient), np.shape(use.local.coefficient))
    return Edge(use.local.spread, np.broadcast_to(coefficient, whole), use.local.sizes)
