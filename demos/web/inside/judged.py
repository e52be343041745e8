"""A kata's verdict in the page: the judge that `handgrad check` has, run in this very interpreter.

The page gives each run a fresh interpreter, and ends it where it takes too long.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...katas import checking
from ...katas.course import Course, Kata
from ...katas.graphs import find_asked
from ...katas.judging.examine import examine
from ...katas.judging.headline import headline
from ...katas.judging.job import OUTPUT, Ending, Job
from ...katas.judging.judge import Run, judge
from ...katas.judging.verdict import Verdict
from ...katas.workspace.milestones import milestone
from ...katas.workspace.progress import Progress
from .numbers import texts

Message = dict[str, Any]

MOST_LINES = 8
"""How much of what an answer printed is told, as in the terminal."""


def verdict_on(course: Course, kata: Kata, answer: str, passed: frozenset[str], upto: str = "") -> Message:
    """Return the verdict on an answer, and what the page shows of it.

    Args:
        answer: the program.
        passed: the katas that had passed before.
        upto: the last gradient that is asked for; "" for all.

    Raises:
        NoGradientError: the kata asks for no such one.
    """
    names: list[str] = []
    if upto:
        upto, names = find_asked(kata, upto)
    found = _judge(kata, answer, run_in_place, upto)
    right = checking.first_right() if found.ok else None
    shown = found.comparison if right is None else right.to_dict()
    if found.ok and upto:
        return {**report(found), "filled": _filled_numbers(shown), **_tell_next(upto, names)}
    before = Progress(passed)
    done = milestone(course, before, before.add_passed(kata.name), kata) if found.ok else ""
    return {**report(found), "filled": _filled_numbers(shown), "milestone": done}


def _tell_next(upto: str, names: list[str]) -> Message:
    done = names.index(upto) + 1
    said = f"Right up to {upto}: {done} of {len(names)}."
    return {"status": "upto", "headline": said, "next": names[done] if done < len(names) else ""}


def verdict_without(kata: Kata, answer: str, how: str) -> Message:
    """Return the verdict on an answer whose interpreter gave none.

    Args:
        how: a key of `ENDINGS`.
    """
    return report(_judge(kata, answer, lambda job: ENDINGS[how]))


ENDINGS: Mapping[str, Ending] = {"timeout": Ending.TIMEOUT, "crash": Ending.ENDED, "stop": Ending.CANCELLED}
"""How an interpreter may come to its end: by the page's clock, by itself, or at the learner's wish."""


def _judge(kata: Kata, answer: str, run: Run, upto: str = "") -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, kata.file_name)
        file.write_bytes(answer.encode("utf-8", errors="replace"))
        return judge(kata, file, run=run, upto=upto)


def run_in_place(job: Job) -> Ending:
    """Run a job here, with its output in the file where a process of its own would leave it."""
    before = os.getcwd()  # the answer's folder is removed afterwards
    try:
        with _printing_to(Path(job.report, OUTPUT), job.limits.file_size):
            examine(Path(job.folder), job.name, Path(job.report), None, upto=job.upto)
    finally:
        os.chdir(before)
    return Ending.ENDED


class _Limited(io.FileIO):
    """A file that takes so many bytes."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path, "w")
        self._left = most

    def write(self, content: Any) -> int:
        self._left -= len(content)
        if self._left < 0:
            raise OSError(errno.EFBIG, "File too large")
        return super().write(content)


@contextlib.contextmanager
def _printing_to(path: Path, most: int) -> Iterator[None]:
    before = sys.stdin
    output = io.TextIOWrapper(io.BufferedWriter(_Limited(path, most)), encoding="utf-8", errors="replace")
    try:
        sys.stdin = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            yield
    finally:
        sys.stdin = before
        with contextlib.suppress(OSError):
            output.close()


def _filled_numbers(comparison: Mapping[str, Any] | None) -> list[Message]:
    """Return the numbers of a graph and the gradients filled in, as its sheet needs them."""
    nodes = [] if comparison is None else comparison["nodes"]
    return [{"name": node["name"], "data": texts(node["data"]), "actual": texts(node["actual"])} for node in nodes]


def report(found: Verdict) -> Message:
    """Return a verdict as a reply."""
    printed = found.output.rstrip().splitlines() if found.output.strip() else []
    return {
        "type": "judged",
        "kata": found.kata,
        "status": found.status,
        "headline": headline(found),
        "message": found.message,
        "lines": [list(line) for line in found.lines],
        "passed": found.passed,
        "failures": len(found.failures),
        "slips": list(found.slips),
        "filled": _filled_numbers(found.comparison),
        "printed": (["..."] if len(printed) > MOST_LINES else []) + printed[-MOST_LINES:],
        "note": found.note,
        "milestone": "",
    }
