"""A job: what is to be run, within which limits, and how it may end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import Enum

from .stopwatch import CAN_COUNT

OUTPUT = "output.txt"
REPORT = "report.json"
"""In the folder of a job's report: what the answer printed, and what became of the tests."""

PATIENCE = 6
"""How much longer an answer may take by the clock than by the processor."""

LOADING = "loading"
"""There too, until the process has imported what runs the tests."""


class Ending(Enum):
    """How a run ended."""

    ENDED = "ended"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Limits:
    """What an answer may use; memory and file size are held to where the system can (not on Windows).

    Attributes:
        seconds: of the processor while the answer is at work; where that cannot be counted (on Windows), of the clock.
        memory: bytes of address space.
        file_size: bytes of any file it writes, what it prints included.
    """

    seconds: float = 10.0
    memory: int = 4 << 30
    file_size: int = 16 << 20

    @property
    def patience(self) -> float:
        """Seconds of the clock for an answer that waits or works elsewhere."""
        return PATIENCE * self.seconds if CAN_COUNT else self.seconds


@dataclass(frozen=True)
class Job:
    """One run: the tests in `folder` on the answer beside them, told in the folder `report`.

    Attributes:
        until: the last test is the first that fails with these words, as `tells` has it; "" for the first that fails:
            for who wants to know no more. None for all tests.
        upto: the last gradient that is asked for; "" for all.
    """

    folder: str
    name: str
    report: str
    picture: str | None = None
    limits: Limits = field(default_factory=Limits)
    until: str | None = None
    upto: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        facts = json.loads(text)
        return cls(**{**facts, "limits": Limits(**facts["limits"])})


def tells(message: str, words: str) -> bool:
    """Return whether a message has some words, wherever its lines break."""
    return " ".join(words.split()) in " ".join(message.split())
