"""The place in a learner's own file that an error comes from."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import FrameType

MOST_PLACES = 3


def calls_in(file: Path, error: BaseException) -> list[tuple[FrameType, int]]:
    """Return the calls in a file on the way to an error, the outermost first.

    Args:
        file: known by its name alone, as a copy of it in another folder may be what ran.
        error: as it was caught.
    """
    calls = traceback.walk_tb(error.__traceback__)
    return [(frame, line) for frame, line in calls if Path(frame.f_code.co_filename).name == file.name]


def places_in(file: Path, error: BaseException) -> list[str]:
    """Return the innermost of those calls in words: "slope.py, line 3: return x.grad"."""
    calls = traceback.StackSummary.extract(iter(calls_in(file, error)))
    return [f"{file.name}, line {call.lineno}: {call.line}" for call in calls[-MOST_PLACES:]]
