"""What the changed user code calls: to show a number that it writes, to ask whether it is meant, to be stopped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from threading import get_ident
from types import CodeType
from typing import Any, NamedTuple

from .deadline import PER_RUN, Deadline, Spent
from .dialect import NUMPY, Dialect

MARK = "\x00handgrad"
"""The constant that stands for the hooks in syntax; in the code that is run they stand there themselves."""
MOST_PARTS = 40
"""Of a tuple or a list with more parts none is looked at."""


class TooLate(BaseException):
    """A run has gone on for too long. No `except Exception` in user code stops it."""


class Event(NamedTuple):
    """A number that was written: where, which part of a tuple, and the how many-th time."""

    site: int
    part: int
    turn: int


Change = Callable[[Any], Any]


class Hooks:
    """What is seen and changed, in the thread that runs it alone.

    Args:
        deadline: when everything has to be over, whatever a single run may do.
        dialect: of the numbers.

    Attributes:
        seen: the numbers written, in the order of their time, as copies.
        is_seeing: whether they are kept, and `changes` made.
        changes: by event what is put there instead.
        is_split: whether a run tells where its backward begins: before it nothing is changed, as a function that both
            passes call writes there too.
        edit: the number of the edit that is tried.
        ticks: the calls and iterations of loops in this run.
        weight: what a run comes to beside these.
        settled: those of the edits that were found to fix, and stay.
    """

    def __init__(self, deadline: Deadline | None = None, dialect: Dialect = NUMPY) -> None:
        self.deadline, self._dialect = deadline or Deadline(), dialect
        self._thread = get_ident()
        self.seen: list[tuple[Event, Any]] = []
        self.is_seeing = False
        self.changes: Mapping[Event, Change] = {}
        self.is_split = False
        self._later: Mapping[Event, Change] = {}
        self.edit = 0
        self.settled: set[int] = set()
        self.ticks, self._most_ticks = 0, sys.maxsize
        self._turns: dict[tuple[int, int], int] = {}
        self.weight = 0.0

    def start(
        self,
        changes: Mapping[Event, Change] | None = None,
        *,
        is_seeing: bool = False,
        most_ticks: int = sys.maxsize,
    ) -> None:
        """Begin a run.

        Raises:
            Spent: there is no work left for it.
        """
        self.deadline.check()
        self.deadline.spend(PER_RUN + self.weight)
        self._thread = get_ident()
        self._later = changes or {}
        self.changes = self._later if not self.is_split else {}
        self.is_seeing = is_seeing
        self.seen, self._turns = [], {}
        self.ticks, self._most_ticks = 0, most_ticks

    def forget(self) -> None:
        """Begin with the backward: what was written so far is not asked for."""
        self.is_split, self.changes = True, self._later
        self.seen, self._turns = [], {}

    def is_on(self, number: int) -> bool:
        """Tell whether an edit counts.

        In other threads none does, and user code runs as it was there.
        """
        return (number in self.settled or number == self.edit) and get_ident() == self._thread

    def tick(self) -> None:
        if get_ident() != self._thread:
            return
        self.ticks += 1
        self.deadline.spend(1.0)
        if self.ticks > self._most_ticks:
            raise TooLate
        if self.deadline.is_over():
            raise Spent

    def see(self, site: int, value: Any) -> Any:
        """Note a value on its way to a name, and return what goes on."""
        if get_ident() != self._thread or not self.is_seeing:
            return value
        numbers = self._dialect.numbers(value)
        if numbers is not None:
            return self._seen(site, -1, value, numbers)
        if type(value) in (tuple, list) and len(value) <= MOST_PARTS:
            parts = [self._part(site, place, one) for place, one in enumerate(value)]
            if all(one is other for one, other in zip(parts, value)):
                return value
            if isinstance(value, tuple):
                return tuple(parts)
            value[:] = parts
        return value

    def _part(self, site: int, place: int, value: Any) -> Any:
        numbers = self._dialect.numbers(value)
        return value if numbers is None else self._seen(site, place, value, numbers)

    def saw(self, site: int, array: Any) -> None:
        """Note an array that was written into."""
        if get_ident() == self._thread and self.is_seeing and isinstance(array, self._dialect.array):
            numbers = self._dialect.numbers(array)
            other = array if numbers is None else self._seen(site, -1, array, numbers)
            if other is not array:
                self._dialect.write(array, other)

    def _seen(self, site: int, part: int, value: Any, numbers: Any) -> Any:
        turn = self._turns[site, part] = self._turns.get((site, part), -1) + 1
        event = Event(site, part, turn)
        if event in self.changes:
            numbers = self.changes[event](numbers)
            value = self._dialect.made(numbers, value)
        self.seen.append((event, numbers))
        return value


def bound(code: CodeType, hooks: Hooks) -> CodeType:
    """Return the code with the hooks in the place of their mark."""
    constants = tuple(
        hooks if isinstance(one, str) and one == MARK else bound(one, hooks) if isinstance(one, CodeType) else one
        for one in code.co_consts
    )
    return code.replace(co_consts=constants)
