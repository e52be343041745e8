"""The page's own interpreter, from its first line to what answers it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ...katas.course import Course
from .alive import keep_all
from .session import FIRST, Session


def warm_up() -> None:
    """Import and run once all that is late, before the memory is kept for later starts."""
    from ...katas.judging.ready import warm_up as run_pytest_once

    run_pytest_once()
    _session(lambda _: "", FIRST).handle({"do": "state"})


def start(layout: Any, given: str = FIRST) -> Any:
    """What answers a message, both as JSON.

    Args:
        layout: the page's Graphviz, (DOT, format) -> text; None for one that only judges, and is ended
            afterwards.
        given: the key of the sheet that is meant where a message names none.
    """
    if layout is None:
        keep_all()
        return _session(lambda _: "", given).answer
    return _session(lambda dot: str(layout(dot, "plain")), given, lambda dot: str(layout(dot, "svg"))).answer


def _session(layout: Any, given: str, renderer: Any = None) -> Session:
    # The course, and a file that was handed out, lie beside the package in the archive.
    top = next(Path(place) for place in sys.path if (Path(place) / "course").is_dir())
    os.chdir(top)
    return Session(Course(top / "course"), layout, given, renderer=renderer)
