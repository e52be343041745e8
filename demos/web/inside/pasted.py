"""A backward pass that somebody pastes, checked as `handgrad debug` checks a file."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from handgrad import Comparison, HandgradError
from handgrad.verdict.report import lines

from ...debugging.command import check_file
from ...usage import UnusableError, count_of

FILE = "backward.py"
"""What the program is called in sentences on it."""

_OPTIONS = re.compile(r"(?:, or|:|\.) (?:say|name) [^:]*--.*", re.IGNORECASE | re.DOTALL)
"""What a sentence says to do with options of `handgrad debug`, which the page has not."""

IN_PAGE = (
    ". Here, call your functions forward and backward, and a dict of their arguments inputs, or paste lines that run "
    "from the data and the loss to gradients such as dW1."
)

LONGEST = 100_000
"""In letters; no page has a longer one to paste."""


def verdict_on(program: str) -> dict[str, Any]:
    """Return the verdict on a program as the page shows it.

    Raises:
        HandgradError: there is nothing in it to check, or it cannot be run.
    """
    if len(program) > LONGEST:
        raise HandgradError(f"This is longer than {LONGEST:,} letters: handgrad debug FILE reads it on your machine.")
    with tempfile.TemporaryDirectory() as folder, _enter_folder(Path(folder)), _unheard():
        Path(FILE).write_text(program, encoding="utf-8", errors="replace")
        try:
            comparison = check_file(Path(FILE))
        except UnusableError as error:
            raise HandgradError(_OPTIONS.sub(IN_PAGE, str(error))) from None
    return {
        "type": "checked",
        "ok": comparison.ok,
        "headline": headline(comparison),
        "line": _line(comparison),
        "lines": [list(line) for line in lines(comparison, reveal=False)],
        "patch": comparison.patch,
    }


def headline(comparison: Comparison) -> str:
    """Return the verdict in one sentence."""
    line = _line(comparison)
    if line is not None:
        return f"Line {line} is wrong."
    if not comparison.ok:
        return "A gradient is wrong." if comparison.wrong else "A gradient is missing."
    count = sum(result.actual is not None for result in comparison)
    return f"Nothing is wrong: {count_of(count, 'gradient')} checked."


def _line(comparison: Comparison) -> int | None:
    """Return the line that is the first to fix; None where none is proved."""
    first = next(iter(comparison.causes), None)
    if first is None or first.source is None or Path(first.source[0]).name != FILE:
        return None
    return first.source[1]


@contextlib.contextmanager
def _enter_folder(folder: Path) -> Any:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _unheard() -> Any:
    """Drop what the program prints."""
    with (
        open(os.devnull, "w", encoding="utf-8") as nobody,
        contextlib.redirect_stdout(nobody),
        contextlib.redirect_stderr(nobody),
    ):
        yield
