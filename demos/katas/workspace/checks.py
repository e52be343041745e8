"""Checking katas of a workspace: judge, draw, remember."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from ..course import Kata
from ..hinting import find_why
from ..judging.headline import name_parts
from ..judging.isolate import run as run_isolated
from ..judging.judge import Run, judge
from ..judging.verdict import Verdict
from ..memory.boxes import list_missed
from ..memory.history import Attempt
from .milestones import milestone
from .workspace import Workspace, copy_solution


def check(
    workspace: Workspace,
    kata: Kata,
    timeout: float,
    run: Run = run_isolated,
    *,
    draw: bool = True,
    upto: str = "",
) -> Verdict:
    """Judge the learner's file of a kata, and remember where it passes.

    Args:
        draw: whether to draw what was judged.
        upto: the last gradient that is asked for, as of `Job`; what is right up to there is no pass.

    Raises:
        WorkspaceError: the file is gone.
    """
    answer = workspace.answer(kata)
    found = judge(kata, answer, timeout, picture=workspace.picture(kata) if draw else None, upto=upto, run=run)
    if found.ok and upto:
        return found
    _note(workspace, kata, found)
    if found.ok:
        notes = [found.note, _remember_pass(workspace, kata)]
        found = replace(found, note="\n\n".join(note for note in notes if note))
    else:
        notes = [found.note, _remember_parts(workspace, kata, found)]
        if workspace.has_edited_test(kata):
            notes.append(f"Note: {kata.test.name} was edited here; a check always runs the course's own tests.")
        beside = workspace.find_misplaced(kata)
        if beside is not None:
            notes.append(
                f"Note: {kata.file_name} is as it was handed out. Beside it is {beside.name}, which is not checked: "
                f"did you mean to save it as {kata.file_name}?"
            )
        found = replace(found, note="\n\n".join(filter(None, notes)))
    return found


def _note(workspace: Workspace, kata: Kata, found: Verdict) -> None:
    """Record the attempt, unless the file is untouched or the check was called off."""
    with suppress(OSError):  # a verdict is not lost where nothing can be written
        if found.status == "cancelled" or not workspace.is_edited(kata):
            return
        nodes = found.comparison["nodes"] if found.comparison else []
        wrong = tuple(node["name"] for node in nodes if node["status"] == "wrong")
        workspace.history.add(Attempt(time.time(), kata.name, found.status, found.slips, wrong, find_why(found)))


def _remember_parts(workspace: Workspace, kata: Kata, found: Verdict) -> str:
    """Remember how many parts are right, and return what to say where they were more."""
    count = max(found.part[0] - 1, 0)
    try:
        before = workspace.progress_file.load().parts.get(kata.name, 0)
        if count > before:
            workspace.progress_file.update(lambda progress: progress.add_parts(kata.name, count))
    except OSError:  # a verdict is not lost where nothing can be written
        return ""
    return f"{name_parts(before, 'was', 'were')} right before." if found.part[0] and count < before else ""


def _remember_pass(workspace: Workspace, kata: Kata) -> str:
    """Remember that a kata has passed, and return what to say of it."""
    try:
        before = workspace.progress_file.load()
        after = workspace.progress_file.update(lambda progress: progress.add_passed(kata.name))
        copy_solution(workspace, kata)
    except OSError as error:
        return (
            f"Note: your pass was not saved, as {error.filename} cannot be used ({error.strerror}). Check again "
            "once it can be written."
        )
    return milestone(workspace.course, before, after, kata, [item.kata for item in list_missed(workspace.history)])
