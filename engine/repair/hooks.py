"""What the changed user code calls: to show a number that it writes, to ask whether it is meant, to be stopped."""

from __future__ import annotations

import ast
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

Change = Callable[[Any], Any]


class TooLate(BaseException):
    """A run has gone on for too long. No `except Exception` in user code stops it."""


class Event(NamedTuple):
    """A number that was written: where, which part of a tuple, and the how many-th time."""

    site: int
    part: int
    turn: int


class Hooks:
    """What is seen and changed, in the thread that runs it alone.

    Attributes:
        seen: the numbers written, in the order of their time, as copies, where it `is_seeing`.
        changes: by event what is put there instead.
        is_split: whether a run tells where its backward begins: before it nothing is changed, as a function that both
            passes call writes there too.
        edit, settled: the number of the edit that is tried, and those of the ones that were found to fix, and stay.
        ticks, weight: the calls and iterations of loops in this run, and what a run comes to beside these.
    """

    def __init__(self, deadline: Deadline | None = None, dialect: Dialect = NUMPY) -> None:
        self.deadline, self._dialect = deadline or Deadline(), dialect
        self.is_seeing = self.is_split = False
        self.edit, self.weight = 0, 0.0
        self.settled: set[int] = set()
        self._reset({}, sys.maxsize)

    def _reset(self, changes: Mapping[Event, Change], most_ticks: int) -> None:
        self._thread, self._later = get_ident(), changes
        self.changes = {} if self.is_split else changes
        self.ticks, self._most_ticks = 0, most_ticks
        self._clear()

    def _clear(self) -> None:
        self.seen: list[tuple[Event, Any]] = []
        self._turns: dict[tuple[int, int], int] = {}

    def start(
        self, changes: Mapping[Event, Change] | None = None, *, is_seeing: bool = False, most_ticks: int = sys.maxsize
    ) -> None:
        """Begin a run; raise Spent where there is no work left for it."""
        self.deadline.check()
        self.deadline.spend(PER_RUN + self.weight)
        self.is_seeing = is_seeing
        self._reset(changes or {}, most_ticks)

    def forget(self) -> None:
        """Begin with the backward: what was written so far is not asked for."""
        self.is_split, self.changes = True, self._later
        self._clear()

    def is_on(self, number: int) -> bool:
        """Tell whether an edit counts; in other threads none does, and user code runs as it was there."""
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

    def note(self, site: int, value: Any) -> Any:
        """Note a value on its way to a name, and return what goes on."""
        if get_ident() != self._thread or not self.is_seeing:
            return value
        if type(value) not in (tuple, list) or len(value) > MOST_PARTS:
            return self._record(site, -1, value)
        parts = [self._record(site, place, one) for place, one in enumerate(value)]
        if all(one is other for one, other in zip(parts, value)):
            return value
        if isinstance(value, tuple):
            return tuple(parts)
        value[:] = parts
        return value

    def note_array(self, site: int, array: Any) -> None:
        """Note an array that was written into."""
        if get_ident() == self._thread and self.is_seeing and isinstance(array, self._dialect.array):
            other = self._record(site, -1, array)
            if other is not array:
                self._dialect.write(array, other)

    def _record(self, site: int, part: int, value: Any) -> Any:
        numbers = self._dialect.numbers(value)
        if numbers is None:
            return value
        turn = self._turns[site, part] = self._turns.get((site, part), -1) + 1
        event = Event(site, part, turn)
        if event in self.changes:
            numbers = self.changes[event](numbers)
            value = self._dialect.made(numbers, value)
        self.seen.append((event, numbers))
        return value


def call_of_hook(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Constant(MARK), name, ast.Load()), list(args), [])


def bind(code: CodeType, hooks: Hooks) -> CodeType:
    """Return the code with the hooks in the place of their mark."""
    constants = tuple(
        hooks if isinstance(one, str) and one == MARK else bind(one, hooks) if isinstance(one, CodeType) else one
        for one in code.co_consts
    )
    return code.replace(co_consts=constants)
