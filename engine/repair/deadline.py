"""The time that experiments may take: of the processor's, as what is found is not to depend on what else it does.

There is an end by the clock all the same, as somebody waits: for all of it, and not for the search alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .effects import allowed

MOST_WORK = 12.0
"""Seconds that this thread may work, from the beginning of a check on."""
MOST_SECONDS = 17.0
"""The same by the clock; what is told afterwards takes its time, too, and all of it is promised in 20."""
FOR_THE_REST = 2.0
"""So much later by the clock nothing at all is begun, not even what is done only once for each thing that is judged."""
TOLD_FROM, TOLD_EVERY = 2.0, 0.1
"""Seconds until the first word on how far it is, and between two."""

Clock = Callable[[], float]
Progress = Callable[[float, float], None]
"""What is told on the way: the seconds that have passed, and the most that there may be."""


class Spent(BaseException):
    """The time for all of it is over. No `except Exception` of theirs stops it."""


class Limit:
    """The end of a part of it, to be asked about often.

    To ask what a thread has worked takes longer than most of what is done between two questions. It cannot have worked
    longer than time has passed: until as much has as it may work, the clock on the wall answers.

    Args:
        most: what this thread may have worked in the end, in seconds.
        left: what is left of that.
        until: the end by the clock, whatever it has worked.
        now, worked: the clock on the wall, and that of this thread's work.
    """

    def __init__(self, most: float, left: float, until: float, now: Clock, worked: Clock) -> None:
        self._now, self._worked, self._until, self._most = now, worked, until, most
        self._not_before = min(now() + left, until)

    def is_over(self) -> bool:
        """Whether the end has come; to be asked by the thread that it was made in."""
        now = self._now()
        if now <= self._not_before:
            return False
        left = self._most - self._worked()
        self._not_before = min(now + left, self._until)
        return left < 0.0 or now > self._until


class Deadline:
    """When everything has to be over.

    Args:
        work: what this thread may work from now on, in seconds.
        seconds: by the clock, from now on.
        progress: is told from time to time, from two seconds on.
        now, worked: the clock on the wall, and that of this thread's work, in seconds.

    Attributes:
        worked: what this thread has worked, by that clock.
    """

    def __init__(
        self,
        progress: Progress | None = None,
        *,
        work: float = MOST_WORK,
        seconds: float = MOST_SECONDS,
        now: Clock = time.perf_counter,
        worked: Clock = time.thread_time,
    ) -> None:
        self._now, self.worked = now, worked
        self._begun, self._most = now(), worked() + work
        self._seconds, self._progress = seconds, progress
        self._told_next = TOLD_FROM
        self._limit = self.limit(work)

    def is_over(self) -> bool:
        """Whether all that there was is spent."""
        return self._limit.is_over()

    def is_long_over(self) -> bool:
        """Whether by the clock there is no time for the rest either."""
        return self._now() - self._begun > self._seconds + FOR_THE_REST

    def limit(self, work: float, *, kept: float = 0.0) -> Limit:
        """The end of a part that may take so much work.

        Args:
            kept: what is to be left of all of it for what comes afterwards, by either clock.
        """
        worked = self.worked()
        left = min(work, self._most - kept - worked)
        return Limit(worked + left, left, self._begun + self._seconds - kept, self._now, self.worked)

    def check(self) -> None:
        """Called wherever something is begun that takes time.

        Raises:
            Spent: the time is over.
        """
        if self.is_over():
            raise Spent
        passed = self._now() - self._begun
        if self._progress is not None and passed >= self._told_next:
            self._told_next = passed + TOLD_EVERY
            with allowed():
                self._progress(passed, self._seconds)
