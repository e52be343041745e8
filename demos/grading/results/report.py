"""What the referee finds out about one answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class End(Enum):
    """How the tests of an answer ended."""

    ALL_RAN = "all ran"
    GONE = "gone"
    """The answer's process ended before they were through."""
    TIMEOUT = "timeout"
    TALKATIVE = "talkative"
    """It printed more than it may."""
    GREEDY = "greedy"
    """It used too much of something else: `Report.why` says of what."""
    UNGRADED = "ungraded"
    """The grading failed, and not the answer."""


@dataclass
class Report:
    """What became of the tests of one answer.

    Attributes:
        total: how many tests there are, as far as it came to that.
        passed: how many passed.
        failures: those that did not, as `examine.Recorder` notes them: "test", "status", "message",
            "comparison" and "slips".
        end: how it ended.
        why: the end in words, "" where all ran.
        moved_leaves: whether the answer changed their data.
        output: the end of what the answer printed.
        seconds: how long it took.
    """

    total: int = 0
    passed: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    end: End = End.ALL_RAN
    why: str = ""
    moved_leaves: bool = False
    output: str = ""
    seconds: float = 0.0

    @property
    def all_passed(self) -> bool:
        return self.end is End.ALL_RAN and self.total == self.passed > 0 and not self.failures

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {**asdict(self), "end": self.end.value}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Report:
        return cls(**{**facts, "end": End(facts["end"])})
