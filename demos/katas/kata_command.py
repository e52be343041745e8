"""What the commands of the katas share: their errors, their options, and how they find workspace, kata and course."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handgrad import HandgradError

from ..invocation import own_name
from ..usage import UnusableError, say

if TYPE_CHECKING:
    from .course import Course, Kata
    from .workspace.workspace import Workspace

SECONDS = click.FloatRange(0.5, 3600)
timeout_option = click.option(
    "--timeout", type=SECONDS, default=10.0, show_default=True, help="Seconds of work that one run may take."
)
course_option = click.option(
    "--course",
    "course_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another course, or a single kata, such as `handgrad new` makes.",
)


class HandgradUsageError(UnusableError):
    """An error of handgrad's own, told as one of use."""


def kata_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command whose expected errors are reported in a sentence."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except HandgradError as error:
            raise HandgradUsageError(str(error)) from None
        except OSError as error:
            if error.filename is None or error.strerror is None:
                raise
            if isinstance(error, FileNotFoundError):
                raise HandgradUsageError(f"{error.filename} is needed here, but does not exist.") from None
            raise HandgradUsageError(
                f"{error.filename} cannot be used ({error.strerror}). Check your permissions, and the space there."
            ) from None

    return call


def find_workspace() -> Workspace:
    """Return the workspace of the current folder; report folders that were moved."""
    from .workspace.workspace import Workspace

    workspace = Workspace.find(Path.cwd())
    say_moved(workspace, workspace.renumber())
    return workspace


def say_moved(workspace: Workspace, moved: str) -> None:
    """Say which folders were moved, and stay in one that is there."""
    if moved:
        say(moved, err=True)
        try:
            Path.cwd()
        except FileNotFoundError:  # it was merged into another
            os.chdir(workspace.folder)


def choose_kata(workspace: Workspace, name: str | None) -> Kata:
    """Return the named kata, else the current folder's, else the one to work on."""
    if name:
        return workspace.course[name]
    return workspace.kata_at(Path.cwd()) or workspace.current(load_progress(workspace))


def load_progress(workspace: Workspace) -> Any:
    """Return the progress; where a damaged file was set aside, say so."""
    progress = workspace.progress_file.load()
    aside = workspace.progress_file.set_aside
    if aside is not None:
        say(
            f"The progress file was damaged; it is kept as {workspace.show_path(aside)}. "
            f"Your own files are untouched: {own_name()} check --all finds out again what passes.",
            err=True,
        )
        workspace.progress_file.set_aside = None
    return progress


def course_in(folder: Path | None) -> Course:
    """Return the course in a folder, which may be a single kata; the package's own by default."""
    from .course import Course

    return Course() if folder is None else Course(folder.resolve())


def katas_are(course: Course) -> str:
    count = len(course.katas)
    return "1 kata is" if count == 1 else f"{count} katas are"
