"""`handgrad` at a terminal where there are no katas yet: the course is laid out, and the first task is shown."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..invocation import own_name
from ..usage import say
from .course import COURSE, Course
from .kata_command import kata_command
from .terminal.session import run_watch
from .workspace.workspace import FOLDER, start

SECONDS = 10.0
"""How long one run may take; `handgrad watch --timeout` gives it another time."""


@kata_command
def begin() -> bool:
    """Lay out the course and begin: here if empty, else in a folder of its own, once agreed to.

    Returns:
        Whether it was; not where nobody sits at a terminal, who would be surprised by files.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    here = Path.cwd()
    is_empty = all(entry.name.startswith(".") for entry in here.iterdir())
    folder = here if is_empty else here / FOLDER
    if not is_empty:
        say("handgrad: learn, practise and debug backpropagation by hand.\n")
        if not click.confirm(f"Lay the course out in a folder {FOLDER} of its own here, and begin?", default=True):
            return False
    workspace, _ = start(folder, Course(COURSE))
    place = "this folder" if is_empty else FOLDER
    run_watch(workspace, SECONDS, f"Welcome: {len(workspace.course.katas)} katas are laid out in {place}.")
    if not is_empty:
        say(f"They are in {FOLDER}: cd {FOLDER}, then {own_name()}")
    return True
