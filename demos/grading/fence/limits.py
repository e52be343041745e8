"""What a submission may use."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from handgrad import HandgradError

from ...katas.judging import job

A_DAY = 86_400.0
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class LimitsError(HandgradError, ValueError):
    """Limits that cannot be read."""


@dataclass(frozen=True)
class Limits(job.Limits):
    """Limits of one answer to one kata; tighter than a learner's own, as several are graded at once.

    Attributes:
        seconds: of the clock.
        cpu: seconds of the processor; `seconds`, rounded up, by default.
        memory: bytes of address space.
        output: bytes of all that it prints.
        file_size: bytes of any file that it writes.
        files: how many files and folders it may make.
        processes: how many the user may have; the kernel does not count root's.
    """

    seconds: float = 10.0
    cpu: int = 0
    memory: int = 1 << 30
    output: int = 1 << 20
    file_size: int = 1 << 20
    files: int = 200
    processes: int = 512

    def __post_init__(self) -> None:
        if not self.cpu:
            object.__setattr__(self, "cpu", math.ceil(self.seconds))

    @classmethod
    def parse(cls, text: str) -> Limits:
        """Parse "seconds=5,memory=512M"; what is not named keeps its default.

        Raises:
            LimitsError: an unknown name, not a positive number, or more than a day.

        Example:
            >>> Limits.parse("seconds=5,memory=512M").memory
            536870912
        """
        known = {field.name for field in fields(cls)}
        found: dict[str, Any] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, number = part.partition("=")
            if name not in known:
                raise LimitsError(f"there is no limit '{name}'. They are: {', '.join(sorted(known))}")
            amount = _amount(number)
            most = A_DAY if name in {"seconds", "cpu"} else 1e15
            if not 0.0 < amount <= most:
                raise LimitsError(
                    f"the limit {name} must be a number above 0 and at most {most:g}, not '{number}'. Write: {name}=5"
                )
            found[name] = amount if name == "seconds" else max(1, int(amount))
        return replace(cls(), **{"cpu": 0, **found})


def _amount(number: str) -> float:
    digits, unit = (number[:-1], UNITS[number[-1].lower()]) if number[-1:].lower() in UNITS else (number, 1)
    try:
        return float(digits) * unit
    except ValueError:
        return 0.0
