"""The attempts of a learner, a line of JSON each, only ever added to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RIGHT, WRONG, RESET, UNDONE = "reviewed right", "reviewed wrong", "reset", "reset undone"
"""The statuses of what is no check: a review, a file put back to its start, and that taken back."""


@dataclass(frozen=True)
class Attempt:
    """One check of a kata, or one review of it.

    Attributes:
        when: seconds since 1970.
        kata: its name.
        status: as of `Verdict.status`, or `RIGHT`, `WRONG`, `RESET` or `UNDONE`.
        slips: the kinds of slip that were found.
        nodes: the names of the nodes that were wrong.
        why: what the check said first; "" where it passed, or was written down before this was kept.
    """

    when: float
    kata: str
    status: str
    slips: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    why: str = ""


class History:
    """The file of a workspace.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, attempt: Attempt) -> None:
        """Write an attempt down.

        Raises:
            OSError: it cannot be written.
        """
        with self.path.open("ab") as file:
            # In one piece, so that two runners at once do not mix their lines.
            file.write(json.dumps(asdict(attempt)).encode("ascii") + b"\n")

    def __iter__(self) -> Iterator[Attempt]:
        """Yield the attempts, the oldest first; skip a damaged line."""
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            attempt = _read(line)
            if attempt is not None:
                yield attempt


def _read(line: bytes) -> Attempt | None:
    try:
        facts: Any = json.loads(line)
        return Attempt(
            float(facts["when"]),
            str(facts["kata"]),
            str(facts["status"]),
            tuple(map(str, facts["slips"])),
            tuple(map(str, facts["nodes"])),
            str(facts.get("why", "")),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
