"""The verdicts there are."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple


class Status(Enum):
    """The verdict on one node."""

    CORRECT = "correct"
    WRONG = "wrong"
    """The mistake is made here: the number fits neither the truth nor the learner's own numbers."""
    CARRIED = "carried"
    """Wrong, but right given the learner's own upstream gradients: it follows from a mistake nearer the output."""
    MISSING = "missing"
    """Not filled in."""
    SKIPPED = "skipped"
    """Not asked for."""


GRAVEST_FIRST = (Status.WRONG, Status.MISSING, Status.CARRIED, Status.SKIPPED, Status.CORRECT)
"""The order in which they want to be looked at."""

STATUSES = tuple(Status)
CODES = {status: code for code, status in enumerate(STATUSES)}
"""A status as a number, for arrays of them."""


class Verdicts(NamedTuple):
    """The verdicts on the nodes of a graph that are not plainly right, by their places in the backward order.

    Attributes:
        statuses: SKIPPED apart; of an array the codes of its entries'. A number without one is CORRECT.
        sizes: the float error of the true gradient, as the summed sizes of what it is the sum of.
        rough: of those that are WRONG and yet right to too few decimals, that they are, or which entries.
    """

    statuses: dict[int, Any]
    sizes: Mapping[int, Any]
    rough: dict[int, Any]
