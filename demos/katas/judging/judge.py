"""The judge: a kata's pristine tests on a learner's file, as a verdict."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..course import Kata
from .imports import missing_when_graded, note_on
from .isolate import run
from .job import OUTPUT, REPORT, Ending, Job, Limits
from .returns import note_on_returns
from .stopwatch import OVERTIME
from .temporary import temporary_folder
from .verdict import Failure, Verdict, most_telling

MOST_OUTPUT = 2000
"""How much of what an answer printed is shown: the last so many characters."""

Run = Callable[[Job], Ending]


def judge(
    kata: Kata,
    answer: Path,
    timeout: float = 10.0,
    *,
    picture: Path | None = None,
    limits: Limits | None = None,
    until: str | None = None,
    upto: str = "",
    run: Run = run,
) -> Verdict:
    """Run a kata's own tests on an answer, in a process of its own.

    The tests are the course's, not those of the learner's folder, and the answer is a copy of the
    learner's file: nothing the answer does to its files touches either.

    Args:
        kata: whose tests.
        answer: the learner's file, whatever its name.
        timeout: seconds of work it may take.
        picture: where to draw the first wrong gradients, or where all are right the first of those, a path that ends
            in .svg or .png; a picture that lies there is removed first.
        limits: everything an answer may use; `timeout` alone by default.
        until: the words with which a test fails that is the last, as of `Job`.
        upto: the last gradient that is asked for, as of `Job`.
        run: what runs the job: a warm process, say.

    Raises:
        OSError: the answer, or the kata's tests, cannot be read.
    """
    start = time.perf_counter()
    limits = limits or Limits(seconds=timeout)
    if picture is not None:
        picture = picture.resolve()
        with contextlib.suppress(OSError):  # a verdict is not lost over a picture
            picture.unlink(missing_ok=True)
    with temporary_folder("check") as temporary:
        folder, report = temporary / "work", temporary / "report"
        folder.mkdir()
        report.mkdir()
        shutil.copyfile(answer, folder / kata.file_name)
        shutil.copyfile(kata.test, folder / kata.test.name)
        job = Job(str(folder), kata.name, str(report), None if picture is None else str(picture), limits, until, upto)
        ending = run(job)
        verdict = _read(kata, report, ending, limits)
        note = _note(kata, _text(folder / kata.file_name), verdict)
    return replace(verdict, note=note, seconds=time.perf_counter() - start)


def _note(kata: Kata, answer: str, verdict: Verdict) -> str:
    """Return what else the text of an answer tells."""
    if verdict.ok:
        return note_on(missing_when_graded(answer, kata.name))
    stub = _text(kata.stub)
    return "" if answer == stub or verdict.status == "timeout" else note_on_returns(answer, stub)


def _text(path: Path) -> str:
    # An answer may have changed its copy.
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _read(kata: Kata, report: Path, ending: Ending, limits: Limits) -> Verdict:
    output = _tail(report / OUTPUT)
    if ending is Ending.CANCELLED:
        return Verdict(kata.name, "cancelled", "The check was cancelled.")
    is_over_time = ending is Ending.TIMEOUT or (report / OVERTIME).exists()
    # With the report there, the time went into what followed the tests, a large picture say.
    if is_over_time and not (report / REPORT).exists():
        return Verdict(kata.name, "timeout", overtime(kata.name, report / OVERTIME, limits), output=output)
    try:
        facts = json.loads((report / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        message = (
            f"{kata.file_name} ended the whole program before its tests were through: by os._exit, by a crash, or by "
            "using too much memory."
        )
        return Verdict(kata.name, "error", message, output=output)
    try:
        failures = tuple(map(Failure.from_dict, facts["failures"]))
        drawn = None if facts["picture"] is None else Path(facts["picture"])
        tampered = [str(name) for name in facts["tampered"]]
        is_sound = type(facts["passed"]) is int
    except (KeyError, TypeError, ValueError, AttributeError):
        is_sound = False
    if not is_sound:
        message = f"The tests did not write this report. Does {kata.file_name} write files, or change json?"
        return Verdict(kata.name, "error", message, output=output)
    if tampered:
        message = (
            f"{kata.file_name} changes what judges it: {', '.join(tampered[:3])}. Leave that as it is; without it, the "
            "tests say something."
        )
        return Verdict(kata.name, "error", message, output=output)
    if not failures and facts["passed"]:
        return Verdict(kata.name, "passed", "", facts["passed"], picture=drawn, output=output)
    if not failures:
        return Verdict(kata.name, "error", f"No test ran. Is the program of {kata.file_name} all there?", output=output)
    told = failures[most_telling(failures)]
    return Verdict(
        kata.name,
        told.status,
        told.message,
        facts["passed"],
        failures,
        drawn,
        output,
    )


def overtime(kata: str, note: Path, limits: Limits) -> str:
    """Say to the learner why the program was stopped.

    Args:
        note: what the stopwatch left, if it was the one that stopped it.
    """
    try:
        facts = json.loads(note.read_text(encoding="ascii"))
        line, is_one_call = facts["line"], facts["is_one_call"]
    except (OSError, ValueError, LookupError, TypeError):
        waits = " Does it wait for something: for input, or in a sleep?" if limits.patience > limits.seconds else ""
        return f"Stopped: it was to take {limits.seconds:g} seconds at most.{waits} {endless(kata)}"
    stopped = f"Stopped after {limits.seconds:g} seconds of work, at line {line}"
    if is_one_call:
        return f"{stopped}, in a call that had not come back. {endless(kata)}"
    return (
        f"{stopped}. Each call came back, so no loop in it is endless: it is too slow. What is computed again and "
        "again there, or entry by entry where an array could do it at once?"
    )


def endless(kata: str) -> str:
    """Return what to ask the learner whose program ran out of time."""
    return (
        f"Is there a loop in {kata}.py that never ends: a while whose condition stays true, a list that grows "
        "while it is walked?"
    )


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4 * MOST_OUTPUT))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return text if len(text) <= MOST_OUTPUT else "...\n" + text[-MOST_OUTPUT:]
