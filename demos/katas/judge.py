"""The judge: a kata's pristine tests on a learner's file, as a verdict."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .course import Kata
from .isolate import OUTPUT, REPORT, Ending, Job, Limits, run

MOST_OUTPUT = 2000
"""How much of what an answer printed is shown: the last so many characters."""

Run = Callable[[Job], Ending]


@dataclass(frozen=True)
class Failure:
    """A test that did not pass.

    Attributes:
        test: its name.
        status: "failed" by an assertion, or "error" where something broke it off.
        message: what to tell the learner; without the answer.
        comparison: `Comparison.to_dict()` where gradients were wrong or missing.
        slips: the kind of each cause's slip.
    """

    test: str
    status: str
    message: str
    comparison: dict[str, Any] | None = None
    slips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What the judge found.

    Attributes:
        kata: its name.
        status: "passed", "failed" (by an assertion), "error", "timeout" or "cancelled".
        message: what to tell the learner: that of the first failure.
        passed: how many tests passed.
        failures: the tests that did not, in order.
        picture: the drawing of the first failure's comparison; None where there is none.
        output: the end of what the answer printed.
        seconds: how long it took.
    """

    kata: str
    status: str
    message: str = ""
    passed: int = 0
    failures: tuple[Failure, ...] = ()
    picture: Path | None = None
    output: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.status == "passed"

    def __bool__(self) -> bool:
        return self.ok

    @property
    def comparison(self) -> dict[str, Any] | None:
        """The first failure's."""
        return next((f.comparison for f in self.failures if f.comparison is not None), None)

    @property
    def slips(self) -> tuple[str, ...]:
        """The kinds of slip over all failures, each once."""
        return tuple(dict.fromkeys(kind for failure in self.failures for kind in failure.slips))

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it."""
        facts = asdict(self)
        facts["picture"] = None if self.picture is None else str(self.picture)
        return facts


def judge(
    kata: Kata,
    answer: Path,
    timeout: float = 10.0,
    *,
    picture: Path | None = None,
    limits: Limits | None = None,
    run: Run = run,
) -> Verdict:
    """Run a kata's own tests on an answer, in a process of its own.

    The tests are the course's, not those of the learner's folder, and the answer is a copy of the
    learner's file: nothing the answer does to its files touches either.

    Args:
        kata: whose tests.
        answer: the learner's file, whatever its name.
        timeout: seconds it may take.
        picture: where to draw the first wrong gradients, a path that ends in .svg or .png; a picture
            that lies there is removed first.
        limits: everything an answer may use; `timeout` alone by default.
        run: what runs the job: a warm process, say.

    Raises:
        OSError: the answer, or the kata's tests, cannot be read.
    """
    start = time.perf_counter()
    limits = limits or Limits(seconds=timeout)
    if picture is not None:
        picture = picture.resolve()
        picture.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="handgrad-", ignore_cleanup_errors=True) as temporary:
        # Resolved, as macOS's /tmp is a link and pytest compares paths.
        folder, report = Path(temporary).resolve() / "work", Path(temporary).resolve() / "report"
        folder.mkdir()
        report.mkdir()
        shutil.copyfile(answer, folder / kata.file_name)
        shutil.copyfile(kata.test, folder / kata.test.name)
        job = Job(str(folder), kata.name, str(report), None if picture is None else str(picture), limits)
        ending = run(job)
        verdict = _read(kata, report, ending, limits)
    return _timed(verdict, time.perf_counter() - start)


def _read(kata: Kata, report: Path, ending: Ending, limits: Limits) -> Verdict:
    output = _tail(report / OUTPUT)
    if ending is Ending.CANCELLED:
        return Verdict(kata.name, "cancelled", "The check was called off.")
    # With the report there, the time went into what followed the tests, a large picture say.
    if ending is Ending.TIMEOUT and not (report / REPORT).exists():
        message = f"Stopped after {limits.seconds:g} seconds. " + endless(kata.name)
        return Verdict(kata.name, "timeout", message, output=output)
    try:
        facts = json.loads((report / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        message = (
            f"{kata.file_name} ended the whole program before its tests were through: by os._exit, by a crash, or by "
            "using too much memory."
        )
        return Verdict(kata.name, "error", message, output=output)
    failures = tuple(Failure(**{**facts, "slips": tuple(facts["slips"])}) for facts in facts["failures"])
    if not failures and facts["passed"]:
        return Verdict(kata.name, "passed", "", facts["passed"], output=output)
    if not failures:
        return Verdict(kata.name, "error", f"No test ran. Is the program of {kata.file_name} all there?", output=output)
    drawn = facts["picture"]
    first = failures[0]
    return Verdict(
        kata.name,
        first.status,
        first.message,
        facts["passed"],
        failures,
        None if drawn is None else Path(drawn),
        output,
    )


def endless(kata: str) -> str:
    """What to ask the learner whose program ran out of time."""
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


def _timed(verdict: Verdict, seconds: float) -> Verdict:
    return Verdict(**{**verdict.__dict__, "seconds": seconds})
