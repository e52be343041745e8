"""A message as lines that say what each of them is, so that nobody has to read a table to colour or to wrap it."""

from __future__ import annotations

from typing import NamedTuple

from handgrad import Comparison
from handgrad.verdict.table import column_widths, header, layout, rows, summary


class Line(NamedTuple):
    """One line of a message, before it is wrapped.

    Attributes:
        kind: "text"; or of a table "title", "note" (a sentence about the row above), "summary", or the status of
            the row: "correct", "wrong", "carried", "missing" or "skipped".
        text: of a note and a summary the sentence alone.
        word: what the text ends in, where that is the status in words.
    """

    kind: str
    text: str
    word: str = ""


def plain_lines(text: str) -> tuple[Line, ...]:
    """A text without a table."""
    return tuple(Line("text", line) for line in text.splitlines())


def lines_of(message: str, comparison: Comparison | None) -> tuple[Line, ...]:
    """A message in which the table of a comparison may stand, with or without the answers."""
    if comparison is not None:
        for reveal in (False, True):
            before, table, after = message.partition(comparison.table(reveal=reveal))
            if table:
                return *plain_lines(before), *_table_lines(comparison, reveal), *plain_lines(after.removeprefix("\n"))
    return plain_lines(message)


def _table_lines(comparison: Comparison, reveal: bool) -> list[Line]:
    title, body = header(comparison, reveal=reveal), rows(comparison, reveal=reveal)
    widths = column_widths(title, body)
    lines = [Line("title", layout(title, widths))]
    for row in body:
        lines.append(Line(row.status, layout(row.cells, widths), row.cells[-1]))
        if row.note:
            lines.append(Line("note", row.note))
    return [*lines, Line("text", ""), Line("summary", summary(comparison, len(body)))]
