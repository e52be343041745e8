"""The time that a whole experiment may take, by the clock: what they wait for is all of it, not the search alone."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_SECONDS = 17.0
"""From the beginning of a check on; what is told afterwards takes its time, too, and all of it is promised in 20."""
TOLD_FROM, TOLD_EVERY = 2.0, 0.1
"""Seconds until the first word on how far it is, and between two."""

Progress = Callable[[float, float], None]
"""What is told on the way: the seconds that have passed, and the most that there may be."""


class Spent(BaseException):
    """The time for all of it is over. No `except Exception` of theirs stops it."""


class Deadline:
    """When everything has to be over.

    Args:
        seconds: from now on.
        progress: is told from time to time, from two seconds on.
        now: the clock, in seconds.

    Attributes:
        end: by that clock.
    """

    def __init__(
        self, seconds: float = MOST_SECONDS, progress: Progress | None = None, now: Callable[[], float] | None = None
    ) -> None:
        self.now = now or time.perf_counter
        self._begun = self.now()
        self._seconds, self._progress = seconds, progress
        self._next = TOLD_FROM
        self.end = self._begun + seconds

    @property
    def passed(self) -> float:
        """The seconds since it began."""
        return self.now() - self._begun

    def check(self) -> None:
        """Called wherever something is begun that takes time.

        Raises:
            Spent: the time is over.
        """
        passed = self.passed
        if passed > self._seconds:
            raise Spent
        if self._progress is not None and passed >= self._next:
            self._next = passed + TOLD_EVERY
            self._progress(passed, self._seconds)
