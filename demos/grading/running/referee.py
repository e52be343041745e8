"""The referee: a kata's pristine tests, run where no learner's code is, on an answer in another process.

The tests import the answer as they always do; what they get is a module whose functions are called in
the answer's process. Only plain data comes back, and this side's own engine judges it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from handgrad import Comparison
from handgrad.manual import current_mode, engine_access

from ...katas.judging.crashes import looks_like_utf16
from ...katas.judging.examine import Recorder, record
from ..player.conversation import Session, error_like
from ..player.frames import Channel, ChannelError
from ..results.report import End

MOST_TEXT = 6000
"""Characters of a message."""

MOST_NODES = 2000
"""Nodes of a comparison that are told."""

MOST_FAILURES = 50
GONE = "{file} ended the whole program before its tests were through: by os._exit, by a crash, or by using too much."
BROKEN = "{file} broke the rules of grading: {why}."

Tell = Callable[[dict[str, Any]], None]


class AnswerModule(ModuleType):
    """What the tests import: every public name of the answer, fetched when it is asked for."""

    def __init__(self, name: str, public: list[str], fetch: Callable[[str], Any]) -> None:
        super().__init__(name)
        # Nothing by which Python's import would look for more of it, in the answer's own folder say.
        self.__dict__["_public"] = frozenset(name for name in public if not name.startswith("_"))
        self.__dict__["_fetch"] = fetch

    def __getattr__(self, name: str) -> Any:
        if name not in self._public:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return self._fetch(name)


class AnswerSession(Session):
    """The referee's side of the conversation with an answer."""

    def __init__(self, channel: Channel, file_name: str) -> None:
        super().__init__(channel, 1, trusts=False)
        self._file_name = file_name
        self.end = ""

    def context(self) -> dict[str, Any]:
        return {"hand": engine_access(), "manual": current_mode().is_manual}

    def fail(self, facts: Mapping[str, Any]) -> NoReturn:
        kind = type("AnswerError", (error_like(facts),), {"answer_text": str(facts.get("text", ""))[:MOST_TEXT]})
        raise kind(str(facts.get("said", ""))[:MOST_TEXT])

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with self._watch():
            return super().call(number, args, kwargs)

    def load(self) -> AnswerModule:
        """Return the answer's module, as the tests are to see it."""
        with self._watch():
            match self.receive_answer():
                case [list(public), fetch] if callable(fetch):
                    return AnswerModule(self._file_name.removesuffix(".py"), [str(name) for name in public], fetch)
            raise ChannelError("its first message is not what it should be")

    @contextlib.contextmanager
    def _watch(self) -> Iterator[None]:
        if not self.end:
            try:
                yield
                return
            except ChannelError as error:
                gone = str(error) == "the other side has gone"
                self.end = (GONE if gone else BROKEN).format(file=self._file_name, why=error)
            except (MemoryError, RecursionError) as error:
                if hasattr(error, "answer_text"):
                    raise
                self.end = BROKEN.format(file=self._file_name, why="what it returned is too large or too deep")
        raise type("AnswerEnd", (Exception,), {"answer_text": self.end})(self.end)


class RefereeRecorder(Recorder):
    """Tells what becomes of each test, and how many there are."""

    def __init__(self, answer: Path, content: bytes, tell: Tell) -> None:
        super().__init__(answer, content)
        self._tell = tell

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._tell({"total": len(session.items)})

    def note_pass(self, test: str) -> None:
        super().note_pass(test)
        self._tell({"passed": test})

    def note(self, test: str, error: BaseException) -> None:
        super().note(test, error)
        if len(self.failures) <= MOST_FAILURES:
            self._tell({"failure": self.failures[-1]})

    def reconcile(self) -> None:
        super().reconcile()
        self._tell({"failures": self.failures[:MOST_FAILURES]})

    def _describe(self, test: str, error: BaseException) -> tuple[dict[str, Any], Comparison | None]:
        failure, shown = super()._describe(test, error)
        del failure["lines"]  # they are for a learner's terminal
        text = getattr(error, "answer_text", "")
        if test == "import" and looks_like_utf16(self.content):
            failure["status"] = "error"  # its message has been said
        elif text:
            failure["status"], failure["message"] = "error", text
        elif failure["status"] == "error" and test != "import":
            # The test itself broke on what the answer gave it.
            what = traceback.format_exception_only(error)[-1].strip()
            failure["message"] = f"What {self.answer.name} gave back is of no use to its test {test}: {what}"
        failure["message"] = failure["message"][:MOST_TEXT]
        if failure["comparison"]:
            del failure["comparison"]["nodes"][MOST_NODES:]
        return failure, shown


def referee(test: Path, name: str, content: bytes, channel: Channel, tell: Tell, *, may_move_leaves: bool) -> None:
    """Run a kata's tests on the answer at the other end of a channel.

    Args:
        test: the file of the tests.
        name: of the kata.
        content: the answer's program, for messages: it is not run here.
        channel: to the answer's process.
        tell: called with each fact as it comes: what `worker` makes a `Report` of.
        may_move_leaves: whether the answer may change their data.
    """
    session = AnswerSession(channel, f"{name}.py")
    session.wire.may_move_leaves = may_move_leaves

    def load() -> None:
        sys.modules[name] = session.load()

    record(RefereeRecorder(Path(f"{name}.py"), content, tell), load, test, Path(os.devnull))
    end = End.GONE if session.end else End.ALL_RAN
    tell({"end": end.value, "why": session.end, "moved_leaves": session.wire.has_moved_leaves})
