"""For pytest: the picture of every backward pass that a test found wrong.

`assert_gradients` and `assert_backward` fail with a table. With `--handgrad-pictures DIR` the picture goes to a file of
the test's name in that folder, and the report says where it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..testing import GradientError
from . import save

LONGEST_NAME = 120
"""In characters, before what tells it from another: systems take 255 bytes, and some count the folders too."""

_TELLING = re.compile(r"[a-z0-9_/]+\.py(::[a-z0-9_]+)+(\[[a-z0-9_.-]+\])?")
"""Ids that can be read back from their names, on systems that take capital letters for small ones too.

The first dot ends the path, and the first "-" after it begins the case.
"""


class FailedChecks:
    """The hooks of a run of pytest in which a folder for pictures is given.

    Args:
        start: where pytest was started: a test may go to another folder.
        folder: as it was given.
    """

    def __init__(self, start: Path, folder: str) -> None:
        self._start, self._folder = start, folder

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[Any]) -> Iterator[None]:
        """Draw what a failed check compared, and say where."""
        report: Any = yield
        error = call.excinfo.value if call.excinfo is not None else None
        while error is not None and not isinstance(error, GradientError):
            error = error.__cause__
        if report.failed and error is not None:
            path = Path(self._folder, file_name(report.nodeid, report.when))
            try:
                save(error.comparison, self._start / path)
                said = str(path)
            except Exception as problem:  # the failure of the test is what counts
                said = f"There is none: {problem}"
            report.sections.append(("picture of the gradients", said))
        return report


def file_name(test: str, phase: str) -> str:
    """Return a picture's file name, valid on every system and unique by test and phase.

    Args:
        test: the test's id.
        phase: "setup", "call" or "teardown".
    """
    function, _, case = test.partition("[")
    case = case.removesuffix("]")
    name = function.replace("/", "-").replace("::", ".") + (f"-{case}" if case else "")
    if _TELLING.fullmatch(test) is None or len(name) > LONGEST_NAME:
        name = re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII)[:LONGEST_NAME]
        name += f"+{hashlib.sha256(test.encode()).hexdigest()[:8]}"
    return f"{name}.svg" if phase == "call" else f"{name}+{phase}.svg"
