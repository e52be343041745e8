"""A comparison as a table in a terminal, with colours where they are wanted and can be seen."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from handgrad import Comparison
from handgrad.verdict.report import Line, wrap
from handgrad.verdict.report import lines as verdict_lines

from .errors import TargetError
from .theme import TERMINAL, TERMINAL_PLAIN


def table(
    comparison: Comparison, *, reveal: bool = False, color: bool | None = None, stream: TextIO | None = None
) -> str:
    """Return the comparator's table; colour only adds to its words.

    Args:
        comparison: what `compare` gave.
        reveal: whether the expected numbers are shown.
        color: whether to colour; None for where `stream` is a terminal and NO_COLOR is not set.
        stream: where the text will be written, standard output by default.

    Raises:
        TargetError: `comparison` is not a Comparison.
    """
    if not isinstance(comparison, Comparison):
        raise TargetError(comparison, "viz.text.table", "a Comparison", "compare(loss)")
    can = os.environ.get("TERM") != "dumb" and (stream or sys.stdout).isatty()
    is_coloured = (can and not os.environ.get("NO_COLOR")) if color is None else color
    lines = verdict_lines(comparison, reveal=reveal)
    return "\n".join(shown for line in lines for shown in _render_line(line, is_coloured))


def _render_line(line: Line, is_coloured: bool) -> list[str]:
    if line.word and line.kind != "wrong":  # only the word, so that the eye goes to the causes
        return [line.text[: -len(line.word)] + _paint(line.word, line.kind, is_coloured)]
    style = "note" if line.kind == "advice" else line.kind
    return [_paint(part, style, is_coloured and bool(part)) for part in wrap(line)]


def _paint(text: str, style: str, is_coloured: bool) -> str:
    code = TERMINAL.get(style, "") if is_coloured else ""
    return f"{code}{text}{TERMINAL_PLAIN}" if code else text
