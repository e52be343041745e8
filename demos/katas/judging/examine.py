"""What runs in the process that may be killed: a kata's tests on one answer, told as a report.

The process has only the kata's folder of its own: the pristine tests, and the answer beside them.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from handgrad import Comparison
from handgrad.manual import by_hand, hold_process

from ...files import write_whole
from .. import checking
from .crashes import explain_crash, looks_like_utf16
from .job import REPORT, tells
from .message_lines import split_message
from .pristine import Pristine
from .reconciling import reconcile
from .running import run_tests
from .verdict import Failure, most_telling


class Recorder:
    """A plugin of pytest that notes what happened to each test.

    Args:
        answer: the learner's file, whose name messages use.
        content: what is in it.
        until: as of `Job`.

    Attributes:
        passed: how many tests passed.
        failures: what became of the others, in order.
        tampered: the names of what judges that the answer has changed.
    """

    def __init__(self, answer: Path, content: bytes, *, until: str | None = None) -> None:
        self.answer, self.content = answer, content
        self._until = until
        self.passed = 0
        self.failures: list[dict[str, Any]] = []
        self._comparisons: list[Comparison | None] = []
        self._errors: list[tuple[str, BaseException]] = []
        self.tampered: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Switch tracebacks off: nobody sees them, and each takes as long as a test."""
        config.option.tbstyle = "no"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.excinfo is not None and not report.skipped:
            self.note(item.name, call.excinfo.value)
            if self._until is not None and tells(self.failures[-1]["message"], self._until):
                item.session.shouldfail = "what was asked is known"
        elif report.when == "call" and report.passed:
            self.note_pass(item.name)
        return report

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Record an interrupt that is not pytest's own: nobody is at the keyboard."""
        if not isinstance(excinfo.value, (pytest.Session.Interrupted, pytest.exit.Exception)):
            self.note("interrupt", excinfo.value)

    def note_pass(self, test: str) -> None:
        """Note a test that passed."""
        self.passed += 1

    def note(self, test: str, error: BaseException) -> None:
        """Note a failure: an assertion, or an error that broke the test off."""
        failure, shown = self._describe(test, error)
        self.failures.append(failure)
        self._comparisons.append(shown)
        self._errors.append((test, error))

    def reconcile(self) -> None:
        """Tell the failures again by what explains the wrong gradients of several tests: in one much fits by chance."""
        wrong = [error for _, error in self._errors if isinstance(error, checking.WrongGradientsError)]
        for of in {error.of for error in wrong} if len(wrong) > 1 else ():
            alike = [error for error in wrong if error.of == of]
            reconcile([error.comparison for error in alike])
            reconcile([error.shown for error in alike if error.part is not None])
        for place, (test, error) in enumerate(self._errors if len(wrong) > 1 else ()):
            if error in wrong:
                self.failures[place], _ = self._describe(test, error)

    def _describe(self, test: str, error: BaseException) -> tuple[dict[str, Any], Comparison | None]:
        """Return what there is to tell of a failure, and the comparison that it is about."""
        comparison, said = None if self._until == "" else _comparison_of(error), _message(error)
        failure: dict[str, Any] = {"test": test, "status": "failed", "comparison": None, "slips": []}
        shown = comparison
        if comparison is not None:  # a failed one is falsy
            failure["comparison"] = comparison.to_dict()
            part = _part_of(error)
            if part is not None:
                failure["part"], shown = part[:2], part.comparison
            failure["slips"] = [r.slip.kind for r in comparison.causes if r.slip]
        if isinstance(error, AssertionError) and said:
            failure["message"] = said.strip("\n")
        elif isinstance(error, (AssertionError, pytest.fail.Exception)):
            failure["message"] = said or explain_crash(error, self.answer, self.content)
        else:
            failure["status"] = "error"
            failure["message"] = explain_crash(error, self.answer, self.content)
        if test == "import" and looks_like_utf16(self.content):
            failure["message"] = f"{self.answer.name} is not UTF-8 (it looks like UTF-16): save it as UTF-8."
        failure["lines"] = split_message(failure["message"], shown)
        return failure, shown

    @property
    def comparison(self) -> Comparison | None:
        """The comparison of the failure whose message is shown, or of the first that has one: for the picture."""
        told = most_telling(list(map(Failure.from_dict, self.failures)))
        every = (self._comparisons[told], *self._comparisons)
        return next((each for each in every if each is not None), None)


def _comparison_of(error: BaseException) -> Comparison | None:
    """Return the comparison of an error, if it has one that can be read."""
    try:
        found = getattr(error, "comparison", None)
    except Exception:
        return None
    return found if isinstance(found, Comparison) else None


def _part_of(error: BaseException) -> checking.Part | None:
    """Return which part of what a kata asks for an error is about, if it asks in parts."""
    found = getattr(error, "part", None)
    return found if isinstance(found, checking.Part) else None


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def examine(
    folder: Path, name: str, report: Path, picture: Path | None, *, until: str | None = None, upto: str = ""
) -> None:
    """Run the tests in `folder`, and write the report and the picture.

    Where all tests pass, the picture is that of the first graph that was judged, all green.

    Args:
        folder: holds NAME.py and test_NAME.py; it becomes the current folder.
        name: the kata's name.
        report: the folder to write `REPORT` into.
        picture: the file to draw; None for none.
        until: as of `Job`.
        upto: as of `Job`.
    """
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    answer = folder / f"{name}.py"
    recorder = Recorder(answer, answer.read_bytes(), until=until)
    config = folder / "pytest.ini"
    config.write_text("[pytest]\n", encoding="utf-8")
    test = folder / f"test_{name}.py"
    hold_process(str(test))
    if until == "":
        checking.leave_words_out()
    checking.ask_upto(upto)
    pristine = Pristine()
    record(recorder, lambda: _load(name, test.read_text(encoding="utf-8")), test, config)
    recorder.tampered = pristine.list_changes()
    _write(recorder, report, None)
    shown = recorder.comparison if recorder.failures else checking.first_right()
    if picture is not None and shown is not None and draw(shown, picture):
        _write(recorder, report, picture)


def _load(name: str, tests: str) -> None:
    """Import the answer, without the engine's help if its tests want it done by hand."""
    with by_hand(rules="by_hand(rules=True)" in tests) if "by_hand(" in tests else contextlib.nullcontext():
        importlib.import_module(name)


def record(recorder: Recorder, load: Callable[[], object], test: Path, config: Path) -> None:
    """Have a recorder note what becomes of an answer.

    Args:
        load: loads the answer, so that the tests can import it.
        test: the file of its tests.
        config: as of `run_tests`.
    """
    try:
        # Before pytest does, so that a file that does not even load is told from a test that fails.
        load()
    except (Exception, SystemExit) as error:
        recorder.note("import", error)
        return
    status = run_tests(test, [recorder], config)
    recorder.reconcile()
    if status == pytest.ExitCode.INTERRUPTED and not recorder.failures:
        _note_collection(recorder, test)


def _note_collection(recorder: Recorder, test: Path) -> None:
    """Record why pytest stopped before any test ran, such as a failed import."""
    try:
        importlib.import_module(test.stem)
    except (Exception, SystemExit) as error:
        recorder.note("import", error)


def draw(comparison: Comparison, picture: Path) -> bool:
    """Draw the picture; return False if it cannot be, as that must not cost the verdict."""
    from handgrad import viz

    try:
        viz.save(comparison, picture)
    except Exception:
        return False
    return True


def _write(recorder: Recorder, report: Path, picture: Path | None) -> None:
    facts = {
        "passed": recorder.passed,
        "failures": recorder.failures,
        "tampered": recorder.tampered,
        "picture": None if picture is None else str(picture),
    }
    write_whole(report / REPORT, json.dumps(facts).encode("ascii"), scratch=report, is_lasting=False)
