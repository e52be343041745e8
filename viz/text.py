"""A comparison as a table in a terminal, with colours where they are wanted and can be seen."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TextIO

from handgrad import Comparison
from handgrad.verdict.table import column_widths, header, layout, note_lines, rows, sentence_width, summary

from .errors import TargetError
from .theme import TERMINAL, TERMINAL_PLAIN


def table(
    comparison: Comparison, *, reveal: bool = False, color: bool | None = None, stream: TextIO | None = None
) -> str:
    """The comparator's table; colour only adds to its words.

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
    is_coloured = wants_color(stream or sys.stdout) if color is None else color
    title, body = header(comparison, reveal=reveal), rows(comparison, reveal=reveal)
    widths = column_widths(title, body)
    lines = [_painted(layout(title, widths), "title", is_coloured)]
    for row in body:
        line, word = layout(row.cells, widths), row.cells[-1]
        if row.status == "wrong":
            lines.append(_painted(line, row.status, is_coloured))
        else:  # only the word, so that the eye goes to the causes
            lines.append(line[: -len(word)] + _painted(word, row.status, is_coloured))
        lines.extend(_painted(note, "note", is_coloured) for note in note_lines(row.note))
    lines.extend(["", *textwrap.wrap(summary(comparison, len(body)), sentence_width())])
    return "\n".join(lines)


def wants_color(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not set NO_COLOR (see no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def _painted(text: str, style: str, is_coloured: bool) -> str:
    code = TERMINAL.get(style, "") if is_coloured else ""
    return f"{code}{text}{TERMINAL_PLAIN}" if code else text
