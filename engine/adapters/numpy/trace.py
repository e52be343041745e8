"""One run of a user's function that is traced: whose thread it is, and what of it could not be followed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...repair.source import Source, line_at_work
from ...repair.user_code import is_theirs


class Lost(NamedTuple):
    """What was done to traced numbers and has no rule: the numbers go on, and where they come from is forgotten.

    Attributes:
        what: the function.
        source: the line of user code.
    """

    what: str
    source: Source | None


class Trace:
    """What a run leaves.

    Attributes:
        lost: what could not be followed, in order.
        taken: the nodes whose numbers were asked for as Python's, by `float(x)` and the like.
        is_coarse: whether something of less than double precision was met.
    """

    def __init__(self) -> None:
        self.lost: list[Lost] = []
        self.taken: list[Any] = []
        self.is_coarse = False
        self._thread = threading.get_ident()

    def lose(self, what: str) -> None:
        self.lost.append(Lost(what, line_at_work(lambda frame: is_theirs(frame.f_globals))))

    @property
    def is_here(self) -> bool:
        return self._thread == threading.get_ident()


_running: list[Trace] = []


def running() -> Trace | None:
    """Return the trace that this thread is in."""
    return _running[-1] if _running and _running[-1].is_here else None


@contextmanager
def tracing() -> Iterator[Trace]:
    trace = Trace()
    _running.append(trace)
    try:
        yield trace
    finally:
        _running.remove(trace)


def lose(what: str) -> None:
    """Note that something could not be followed."""
    trace = running()
    if trace is not None:
        trace.lose(what)
