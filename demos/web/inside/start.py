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
    """Import and run once all that is lazy, before the memory is kept for later starts."""
    from ...katas.judging.ready import warm_up as run_pytest_once

    run_pytest_once()
    session = _session(lambda _: "", FIRST)
    for message in REHEARSED:
        session.handle(message)


REHEARSED: tuple[dict[str, Any], ...] = (
    {"do": "open"},
    {"do": "fill", "node": "L", "text": "1"},
    {"do": "fill", "node": "d", "text": "2"},
    {"do": "steps"},
    {"do": "predict", "step": 0, "text": "3"},
    {"do": "hint", "node": "d"},
    {"do": "set", "node": "a", "text": "3"},
    {"do": "nudge", "node": "a"},
    {"do": "undo"},
    {"do": "redo"},
    {"do": "descend", "rate": "0.1"},
    {"do": "picture", "format": "svg"},
    {"do": "reveal", "node": "a"},
    {"do": "reset"},
)
"""What a learner may do first, so that none of it has to be imported, and compiled, when it is done."""


def start(layout: Any, given: str = FIRST) -> Any:
    """Return what answers a message, both as JSON.

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
