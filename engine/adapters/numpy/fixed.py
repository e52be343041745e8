"""Which node each number of a backward is the gradient of, as the same backward shows where it is fixed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ...value import Value
from .chain import Chain
from .events import Event
from .following import Followed
from .kinds import Paired
from .matching import NEAR, NEAR_COARSE, Matcher, Probes, fits, is_trivial
from .meaning import Meant

_Place = tuple[str, int, str, bool]


def paired_as_fixed(
    events: Sequence[Event], fixed: Sequence[Event], chain: Chain, followed: Followed, taken: Collection[Value]
) -> dict[Value, Paired]:
    """By node the number that is a true gradient once the backward is fixed, as it is without.

    Args:
        events: of the backward as it is.
        fixed: the same where it is fixed: what is a gradient there has the number of a gradient.
        taken: nodes that have a number already.
    """
    share = NEAR_COARSE if followed.is_coarse else NEAR
    matcher, meant = Matcher(Probes(), share, chain.truth.items()), Meant(chain, followed)
    there = _by_place(events)
    turns: dict[_Place, int] = {}
    found: dict[Value, Paired] = {}
    for event in fixed:
        place = _place_of(event)
        turn = turns[place] = turns.get(place, -1) + 1
        value = np.asarray(event.value, dtype=float)
        if turn >= len(there.get(place, ())) or is_trivial(value):
            continue
        named = meant.named(event, value.size)
        free = [node for node in matcher.find(value) if node not in taken and node not in found]
        free = [node for node in free if node is not chain.root and fits(node, value.shape)]
        if free:
            at = there[place][turn]
            found[min(free, key=lambda node: node not in named)] = Paired(events[at].value, at)
    return found


def _place_of(event: Event) -> _Place:
    return event.file, event.line, event.name, event.is_change


def _by_place(events: Sequence[Event]) -> dict[_Place, list[int]]:
    """The events of each place, in the order of their time."""
    found: dict[_Place, list[int]] = {}
    for at, event in enumerate(events):
        found.setdefault(_place_of(event), []).append(at)
    return found
