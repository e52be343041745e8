"""How much repair may do: counted in what the user's code does, so that the same is found beside whatever else runs.

There is no clock in it, but for how far it is. A unit of work is a call or an iteration of a loop, some 2 to 20
microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .effects import allow_effects

MOST_WORK = 400_000.0
NUMBERS_PER_UNIT = 4_000
"""So many numbers are written for one unit."""
TOLD_FROM, TOLD_EVERY = 2.0, 0.1
"""Seconds until the first word on how far it is, and between two."""

Progress = Callable[[float, float], None]
"""What is told on the way: the seconds that have passed, and the most that there may be, by what was done so far."""


class Spent(BaseException):
    """The work for all of it is done. No `except Exception` in user code stops it."""


class Deadline:
    """When everything has to be over.

    Args:
        progress: is told from time to time, from two seconds on.
        work: the most that may be done.

    Attributes:
        spent: the work that was done.
    """

    def __init__(self, progress: Progress | None = None, *, work: float = MOST_WORK) -> None:
        self.spent, self._most = 0.0, work
        self._progress, self._begun, self._next_word = progress, time.perf_counter(), TOLD_FROM

    def spend(self, work: float) -> None:
        self.spent += work

    def is_over(self) -> bool:
        return self.spent >= self._most

    def limit(self, work: float, *, kept: float = 0.0) -> Callable[[], bool]:
        """Return what says whether a part is over that may take so much, and leaves what is `kept` for afterwards."""
        most = min(self.spent + work, self._most - kept)
        return lambda: self.spent >= most

    def check(self) -> None:
        """Check the time wherever something is begun that takes time; raise Spent where there is no work left."""
        if self.is_over():
            raise Spent
        if self._progress is None:
            return
        passed = time.perf_counter() - self._begun
        if passed >= self._next_word:
            self._next_word = passed + TOLD_EVERY
            with allow_effects():
                self._progress(passed, passed * self._most / max(self.spent, 1.0))
