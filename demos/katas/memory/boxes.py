"""What is asked again, and when: Leitner's boxes.

What was got wrong is asked again after a day; if it is right then, after three, and at last after ten. Wrong again, it
begins anew. Source: S. Leitner, So lernt man lernen, 1972; the idea that a longer pause is better once something is
known, Cepeda et al., Spacing effects in learning, 2008.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .history import RESET, RIGHT, UNDONE, WRONG, Attempt

DAYS = (1, 3, 10)
"""How long each box is left alone."""
A_DAY = 86_400.0


@dataclass
class Item:
    """A kata that was got wrong, and has passed since.

    Attributes:
        kata: its name.
        box: how often it was right when it was asked again; as many as there are boxes, and it is known.
        since: when it came into that box, in seconds since 1970.
        slips: the kinds of slip that were found in it.
        nodes: the names of the nodes that were wrong.
    """

    kata: str
    box: int = 0
    since: float = 0.0
    slips: dict[str, None] = field(default_factory=dict)
    nodes: dict[str, None] = field(default_factory=dict)
    has_passed: bool = False
    is_reset: bool = False

    @property
    def due(self) -> float:
        """When it is asked again, in seconds since 1970; infinite once it is known."""
        return self.since + DAYS[self.box] * A_DAY if self.box < len(DAYS) else float("inf")


def items(attempts: Iterable[Attempt]) -> list[Item]:
    """Return what was got wrong and has passed since, the next due first."""
    kept = [item for item in _wrong_once(attempts) if item.has_passed and item.box < len(DAYS)]
    return sorted(kept, key=lambda item: (item.due, item.kata))


def list_missed(attempts: Iterable[Attempt]) -> list[Item]:
    """Return what was got wrong and is not known yet, passed or not, the latest first."""
    kept = [item for item in _wrong_once(attempts) if item.box < len(DAYS)]
    return sorted(kept, key=lambda item: (-item.since, item.kata))


def _wrong_once(attempts: Iterable[Attempt]) -> Iterable[Item]:
    found: dict[str, Item] = {}
    for attempt in attempts:
        if attempt.status == "failed" or attempt.kata in found:
            _enter(found.setdefault(attempt.kata, Item(attempt.kata)), attempt)
    return found.values()


def _enter(item: Item, attempt: Attempt) -> None:
    if attempt.status in ("failed", WRONG):
        item.box, item.since = 0, attempt.when
        item.slips.update(dict.fromkeys(attempt.slips))
        item.nodes.update(dict.fromkeys(attempt.nodes))
    elif attempt.status == RESET:
        item.is_reset = True
    elif attempt.status == UNDONE:
        item.is_reset = False
    elif attempt.status == RIGHT or (attempt.status == "passed" and item.is_reset and attempt.when >= item.due):
        # Written once more from the start, it has been asked again, too.
        item.box, item.since = item.box + 1, attempt.when
    if attempt.status == "passed":
        item.has_passed, item.is_reset = True, False
