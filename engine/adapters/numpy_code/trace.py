"""One run of somebody's function that is traced: whose thread it is, and what of it could not be followed."""

from __future__ import annotations

import os
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import CodeType
from typing import Any, NamedTuple

from ..source import Source, line_at_work

_PYTHON = tuple(os.path.join(sysconfig.get_paths()[name], "") for name in ("stdlib", "platstdlib"))
_LIBRARIES = frozenset({"numpy", "scipy", "handgrad"})


class Lost(NamedTuple):
    """What was done to traced numbers and has no rule: the numbers go on, and where they come from is forgotten.

    Attributes:
        what: the function.
        source: the line of their code.
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
    """The trace that this thread is in."""
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


def is_theirs(names: Mapping[str, Any]) -> bool:
    """Whether the global names are of code that is neither a library's that NumPy's arrays go through, nor ours."""
    return str(names.get("__name__", "")).partition(".")[0] not in _LIBRARIES


def is_their_code(code: CodeType, names: Mapping[str, Any]) -> bool:
    """Whether code is theirs, or of a package that they have installed, and not Python's own."""
    file = code.co_filename
    is_python = file.startswith("<frozen") or (file.startswith(_PYTHON) and "-packages" not in file)
    return is_theirs(names) and not is_python
