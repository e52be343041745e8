"""What people write for upstream gradient times local derivative: a sum, data, a rule whose brackets are lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..number import one_line
from . import sentences
from .hypothesis import ANYTHING, Hypothesis, Use
from .mistakes import unbracketed

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison


def mixups(node: Value, uses: Sequence[Use], total: float, comparison: Comparison) -> Iterator[Hypothesis]:
    """The numbers that these give at one use, the other uses right; and data taken for a gradient.

    Args:
        node: whose gradient it is.
        uses: its uses, with the learner's own upstream gradients.
        total: what they add up to.
    """
    for use in uses:
        of = one_line(comparison.names.phrase(use.consumer))
        rest = total - use.contribution
        for words, question, contribution in unbracketed(use.consumer, use.place, use.upstream):
            where = sentences.application(str(use.consumer.op), of)
            operands = [one_line(comparison.names.phrase(operand)) for operand in use.consumer.operands]
            clause = sentences.slope(where, words, question, sentences.letters(of, operands))
            yield Hypothesis("rule", rest + contribution, clause)
        yield Hypothesis("rule", rest + use.upstream + use.local, sentences.added(of), same_as=ANYTHING)
    for other in dict.fromkeys((node, *(use.consumer for use in uses), *_beside(node, uses))):
        if abs(other.data) not in (0.0, 1.0) and not other.is_constant:
            clause = sentences.data(one_line(comparison.names.phrase(other)))
            yield Hypothesis("rule", other.data, clause, same_as=ANYTHING)


def _beside(node: Value, uses: Sequence[Use]) -> list[Value]:
    return [operand for use in uses for operand in use.consumer.operands if operand is not node]
