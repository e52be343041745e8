"""What the consumers of a node pass on to it, by the learner's numbers and by the true ones."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..number import half_a_digit
from . import late
from .tolerance import HALF_OF_TWO_DECIMALS, TYPED

ANYTHING = 1e300
"""As a slack: no number is too far off."""


class Arrived(NamedTuple):
    """What the consumers of a node pass on to it.

    Attributes:
        chain: by the learner's own numbers.
        chain_size: the summed sizes of that.
        truth: by the true gradients.
        size: the summed sizes of those.
        slack: how far `chain` may be off through roundings.
        taint: whether a mistake reaches it; of an array, which entries.
    """

    chain: Any = 0.0
    chain_size: Any = 0.0
    truth: Any = 0.0
    size: Any = 0.0
    slack: Any = 0.0
    taint: Any = False


NOTHING = Arrived()


def half_digits(number: Any, is_rough: Any = False) -> Any:
    """How far a typed number, or each entry of an array, may be off; 0 where it has more digits than people type.

    Args:
        number: what was written.
        is_rough: where it is known to be rounded to two decimals.
    """
    if isinstance(number, float):
        half = HALF_OF_TWO_DECIMALS if is_rough else half_a_digit(number, number) if number else 0.0
        return half if half >= TYPED * abs(number) else 0.0
    return late.entries().half_digits(number) + HALF_OF_TWO_DECIMALS * is_rough


def reached(taints: Any, local: Any) -> Any:
    """Whether a mistake reaches an operand, or which of its entries it reaches."""
    if isinstance(local, float):
        return taints
    reach = local.reach(taints)
    return reach if reach.shape else bool(reach)
