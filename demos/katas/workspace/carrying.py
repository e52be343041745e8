"""Progress and answers as one file, to go on elsewhere: from the browser to this machine, or back.

The file is a progress file (see `progress`) with one more entry, "answers": {name: the learner's program}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handgrad import HandgradError

from ...files import same_text, set_aside, write_whole
from .progress import DamagedError, Progress, parse, text_of
from .workspace import MARK, Workspace

LARGEST = 4_000_000
"""Bytes of such a file; nobody writes as much into katas."""


class CarriedError(HandgradError, ValueError):
    """A file is none that holds progress and answers."""

    def __init__(self) -> None:
        super().__init__("that file holds no progress. Use a file from Export, or from: handgrad export")


@dataclass(frozen=True)
class Carried:
    """What such a file holds.

    Attributes:
        progress: the katas that have passed, and the hints that are open.
        answers: the programs, by the kata's name.
    """

    progress: Progress
    answers: dict[str, str]

    def join(self, other: Carried) -> Carried:
        """Join two: what has passed in either; of two answers the other's."""
        return Carried(self.progress.join(other.progress), {**self.answers, **other.answers})


def read(content: bytes) -> Carried:
    """Return what a file holds.

    Raises:
        CarriedError: it is none.
    """
    try:
        if len(content) > LARGEST:
            raise DamagedError
        progress = parse(content)
        answers: Any = json.loads(content).get("answers", {})
    except DamagedError:
        raise CarriedError from None
    if not isinstance(answers, dict) or not all(isinstance(answer, str) for answer in answers.values()):
        raise CarriedError
    return Carried(progress, answers)


def write(carried: Carried) -> bytes:
    """Return the file."""
    facts = {**json.loads(text_of(carried.progress)), "answers": dict(sorted(carried.answers.items()))}
    return (json.dumps(facts, indent=1) + "\n").encode("utf-8")


def read_workspace(workspace: Workspace) -> Carried:
    """Return a workspace's progress, and each file that was changed."""
    answers = {}
    for kata in workspace.course.katas:
        if workspace.is_edited(kata):
            answers[kata.name] = workspace.file_of(kata).read_bytes().decode("utf-8", errors="replace")
    return Carried(workspace.progress_file.load(), answers)


def write_workspace(workspace: Workspace, carried: Carried) -> tuple[list[Path], list[Path]]:
    """Write answers into a workspace, and add to its progress.

    Returns:
        The files written, and where the edited ones are kept.
    """
    written, kept = [], []
    for kata in workspace.course.katas:
        path, text = workspace.file_of(kata), carried.answers.get(kata.name)
        if text is None:
            continue
        answer = text.encode("utf-8", errors="replace")  # JSON can hold half a letter, and a file cannot
        if path.is_file() and same_text(path.read_bytes(), answer):
            continue
        if workspace.is_edited(kata):
            kept.append(set_aside(path, ".bak"))
        write_whole(path, answer, scratch=workspace.folder / MARK)
        written.append(path)
    known = {kata.name for kata in workspace.course.katas}
    workspace.progress_file.update(lambda progress: progress.join(carried.progress.restrict(known)))
    return written, kept
