"""The verdicts there are."""

from __future__ import annotations

from enum import Enum


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


NOT_OK = frozenset({Status.WRONG, Status.CARRIED, Status.MISSING})

GRAVEST_FIRST = (Status.WRONG, Status.MISSING, Status.CARRIED, Status.SKIPPED, Status.CORRECT)
"""The order in which they want to be looked at."""

STATUSES = tuple(Status)
CODES = dict(zip(STATUSES, range(len(STATUSES))))
"""A status as a number, for arrays of them."""
