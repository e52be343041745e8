"""The line that a wrong number was made at, and not where it only went on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .events import Argument, Event
from .kinds import Kind
from .naming import says_gradient, whose

_FARTHEST = 40
MOST_TURNS = 3
"""So many turns of a loop are looked at in full; what a line is found to be in these, it is in the others."""
_SUSPECT = frozenset({Kind.UNKNOWN, Kind.WRONG})
_GOOD = frozenset({Kind.TRUE, Kind.CARRIED, Kind.DATA, Kind.PART})
"""The numbers may be right where they were made, and were handed on to what they do not belong to."""


class Lines:
    """The events of a backward, and how each was made from others.

    Args:
        kinds: of the events, see `pairing.Pairing`.
    """

    def __init__(self, events: Sequence[Event], arguments: Sequence[Argument], kinds: Sequence[Kind]) -> None:
        self._events, self._arguments, self._kinds = events, arguments, kinds
        self._marks = [_mark(event.value) for event in events]
        self._first: dict[Any, int] = {}
        for place, mark in enumerate(self._marks):
            self._first.setdefault(mark, place)

    def done(self, value: Any, name: str) -> int | None:
        """The event at which a gradient is done: with these numbers the first in the call that has its name."""
        mark = _mark(value)
        same = [place for place, other in enumerate(self._marks) if other == mark]
        own = {name, *whose(name)}
        named = [place for place in same if own & {self._events[place].name, *whose(self._events[place].name)}]
        if not named:
            return same[0] if same and np.any(value) else None
        last = self._events[named[-1]]
        shape = np.shape(value)
        return next(
            place
            for place in named
            if self._events[place].frame == last.frame
            and np.shape(self._events[place].value) in (shape, np.shape(last.value))
        )

    def origin(self, place: int) -> int:
        """The first event with just these numbers, zeros of the same name: where they were made and not handed on."""
        mark, event = self._marks[place], self._events[place]
        if np.any(event.value):
            return self._first[mark]
        return next(at for at, one in enumerate(self._events) if one.name == event.name and self._marks[at] == mark)

    def reshaped(self, place: int) -> int:
        """The first event with these numbers in this shape."""
        mark, shape = self._marks[place], np.shape(self._events[place].value)
        same = (one for one, other in enumerate(self._marks) if other == mark)
        return next(one for one in same if np.shape(self._events[one].value) == shape)

    def blamed(self, place: int, granted: Iterable[int] = ()) -> int:
        """The event to blame for the wrong number of another: the first on the way to it that nothing explains.

        Args:
            granted: events whose numbers it was judged by, right or wrong; it is wrong beside them, not because of
                them.
        """
        cleared = {self.origin(one) for one in granted}
        first = self.origin(place)
        if self._kinds[first] not in _GOOD:
            place = first
        for _ in range(_FARTHEST):
            earlier = [self.origin(one) for one in self._made_from(place)]
            handed_on = self._events[place].handed_on
            suspects = [
                one for one in earlier if one < place and one not in cleared and self._is_suspect(one, handed_on)
            ]
            if not suspects:
                break
            place = min(suspects)
        return place

    def _is_suspect(self, place: int, handed_on: str) -> bool:
        event, kind = self._events[place], self._kinds[place]
        if kind not in _SUSPECT or not np.size(event.value):
            return False
        is_handed_on = bool(handed_on) and event.variable == handed_on
        return says_gradient(event.name) or event.is_change or event.name == "" or is_handed_on

    def _made_from(self, place: int) -> list[int]:
        """The last event before it of each name that its statement reads, in the same call."""
        event = self._events[place]
        found: list[int] = []
        for name in event.read:
            for before in range(place - 1, -1, -1):
                other = self._events[before]
                if other.frame == event.frame and other.variable == name:
                    found.append(before)
                    break
            else:
                found += self._handed_in(name, event.frame)
        if event.is_change:  # what it was before
            found += [
                one
                for one in range(place - 1, -1, -1)
                if self._events[one].frame == event.frame and self._events[one].name == event.name
            ][:1]
        return found

    def _handed_in(self, name: str, frame: int) -> list[int]:
        for argument in self._arguments:
            if argument.frame == frame and argument.name == name:
                first = self._first.get(_mark(argument.value))
                return [first] if first is not None and first < argument.when else []
        return []


def _mark(value: Any) -> Any:
    numbers = np.asarray(value)
    return numbers.size, hash(numbers.astype(float, copy=False).tobytes())
