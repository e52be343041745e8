"""The referee: a kata's pristine tests, run where no learner's code is, on an answer in another process.

The tests import the answer as they always do; what they get is a module whose functions are called in
the answer's process. Only plain data comes back, and this side's own engine judges it.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from engine import autodiff
from engine.manual import current_mode

from ..katas import checking
from ..katas.examine import Recorder, run_tests
from .player.frames import Channel, ChannelError
from .player.session import Session, error_like

MOST_TEXT = 6000
GONE = "{file} ended the whole program before its tests were through: by os._exit, by a crash, or by using too much."
BROKEN = "{file} broke the rules of grading: {why}."


class AnswerSession(Session):
    """The referee's side of the conversation with an answer."""

    def __init__(self, channel: Channel, file_name: str) -> None:
        super().__init__(channel, 1, trusts=False)
        self._file_name = file_name
        self.end = ""

    def context(self) -> dict[str, Any]:
        # A test says that the learner works by hand by standing in `checking.by_hand`, which shuts the gates.
        is_by_hand = autodiff.topological_order is not checking._OPEN[0]
        return {"hand": is_by_hand, "manual": current_mode().is_manual}

    def fail(self, facts: Mapping[str, Any]) -> NoReturn:
        kind = type("AnswerError", (error_like(facts),), {"answer_text": str(facts.get("text", ""))[:MOST_TEXT]})
        raise kind(str(facts.get("said", ""))[:MOST_TEXT])

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with self._watched():
            return super().call(number, args, kwargs)

    def load(self) -> ModuleType:
        """The answer's module, as the tests are to see it."""
        with self._watched():
            public = self.until_answered()
            module = ModuleType(self._file_name.removesuffix(".py"))
            for name, thing in public:
                if isinstance(name, str) and name.isidentifier() and not name.startswith("_"):
                    setattr(module, name, thing)
        return module

    @contextlib.contextmanager
    def _watched(self) -> Any:
        if not self.end:
            try:
                yield
                return
            except ChannelError as error:
                gone = str(error) == "the other side has gone"
                self.end = (GONE if gone else BROKEN).format(file=self._file_name, why=error)
            except (MemoryError, RecursionError) as error:
                if not hasattr(error, "answer_text"):
                    self.end = BROKEN.format(file=self._file_name, why="what it returned is too large or too deep")
                else:
                    raise
        raise type("AnswerEnd", (Exception,), {"answer_text": self.end})(self.end)


class Referee(Recorder):
    """Notes what became of each test, and of how many."""

    def __init__(self, answer: Path) -> None:
        super().__init__(answer)
        self.total = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = len(session.items)

    def note(self, test: str, error: BaseException) -> None:
        super().note(test, error)
        failure = self.failures[-1]
        text = getattr(error, "answer_text", "")
        if text:
            failure["status"], failure["message"] = "error", text
        elif failure["status"] == "error":
            # The test itself broke on what the answer gave it.
            what = traceback.format_exception_only(error)[-1].strip()
            failure["message"] = f"What {self.answer.name} gave back is of no use to its test {test}: {what}"
        failure["message"] = failure["message"][:MOST_TEXT]
        if failure["comparison"]:
            del failure["comparison"]["nodes"][2000:]


def referee(folder: Path, name: str, channel: Channel) -> dict[str, Any]:
    """Run test_NAME.py of a folder on the answer at the other end of a channel.

    Returns:
        The report: "total" tests collected, "passed", "failures" as `Recorder` notes them, and "end",
        why the answer's process was lost, "" where it was not.
    """
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    recorder = Referee(folder / f"{name}.py")
    session = AnswerSession(channel, f"{name}.py")
    try:
        sys.modules[name] = session.load()
    except Exception as error:
        recorder.note("import", error)
    else:
        status = run_tests(folder, name, [recorder])
        if status == pytest.ExitCode.INTERRUPTED and not recorder.failures:
            try:
                importlib.import_module(f"test_{name}")
            except Exception as error:
                recorder.failures.append(
                    {"test": "import", "status": "error", "message": str(error), "comparison": None, "slips": []}
                )
    return {
        "total": recorder.total,
        "passed": recorder.passed,
        "failures": recorder.failures[:50],
        "end": session.end,
    }
