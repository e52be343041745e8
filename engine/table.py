"""A comparison as a table of plain text."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from .number import show

if TYPE_CHECKING:
    from .arraywise.comparison import ArrayComparison
    from .comparison import Comparison, NodeResult

WIDTH = 79
MOST_ROWS = 60
"""A longer table shows its causes, then what else is not correct, then the rest, up to this many rows."""

WORDS = {
    "correct": "correct",
    "wrong": "WRONG",
    "carried": "carried",
    "missing": "missing",
    "skipped": "skipped",
}
_URGENCY = ("wrong", "missing", "carried", "skipped", "correct")


class Row(NamedTuple):
    """One line of the table, as text; `note` is the sentence under it, "" for none."""

    status: str
    cells: tuple[str, ...]
    note: str


def rows(comparison: Comparison, *, reveal: bool) -> list[Row]:
    """The rows of the nodes asked for, in backward order, cut to the `MOST_ROWS` most urgent; or the arrays'."""
    by_array = _by_array(comparison)
    if by_array is not None:
        from .arraywise.table import array_rows

        return array_rows(by_array)
    results = [r for r in comparison.results if r.status.value != "skipped" or r.slip]
    if len(results) > MOST_ROWS:
        by_urgency = sorted(results, key=lambda r: _URGENCY.index(r.status.value))
        kept = {r.node for r in by_urgency[:MOST_ROWS]}
        results = [r for r in results if r.node in kept]
    return [_row(result, reveal) for result in results]


def _row(result: NodeResult, reveal: bool) -> Row:
    is_right = result.status.value == "correct"
    actual, expected = result.actual, result.expected
    cells = [one_line(result.name), show(result.node.data), show(actual, None if is_right else expected)]
    if reveal:
        cells.append(show(expected, None if is_right else actual))
    note = "" if result.slip is None else one_line(result.slip.message)
    return Row(result.status.value, (*cells, WORDS[result.status.value]), note)


def header(comparison: Comparison, *, reveal: bool) -> tuple[str, ...]:
    if comparison.arrays:
        from .arraywise.table import HEADER

        return HEADER
    actual, expected = comparison.titles
    return ("node", "data", actual, *((expected,) if reveal else ()), "status")


def table(comparison: Comparison, *, reveal: bool) -> str:
    """The rows, each with its note under it, and a summary in the last line."""
    body = rows(comparison, reveal=reveal)
    title = header(comparison, reveal=reveal)
    widths = column_widths(title, body)
    lines = [layout(title, widths)]
    for row in body:
        lines.append(layout(row.cells, widths))
        lines.extend(note_lines(row.note))
    lines.extend(["", *textwrap.wrap(summary(comparison, len(body)), WIDTH)])
    return "\n".join(lines)


def column_widths(title: tuple[str, ...], body: list[Row]) -> list[int]:
    return [max(map(text_width, column)) for column in zip(title, *(row.cells for row in body))]


def layout(cells: tuple[str, ...], widths: list[int]) -> str:
    """Name and status to the left, numbers to the right."""
    padded = []
    last = len(cells) - 1
    for place, (cell, width) in enumerate(zip(cells, widths)):
        room = " " * (width - text_width(cell))
        padded.append(cell + room if place in (0, last) else room + cell)
    return "   ".join(padded).rstrip()


def note_lines(note: str) -> list[str]:
    return textwrap.wrap(note, WIDTH, initial_indent="    ^ ", subsequent_indent="      ") if note else []


def summary(comparison: Comparison, shown: int) -> str:
    """How many nodes have which status, and where to start mending."""
    by_array = _by_array(comparison)
    if by_array is not None:
        from .arraywise.table import array_summary

        return array_summary(by_array)
    counts = {status.value: count for status, count in comparison.counts.items()}
    asked = len(comparison) - counts.get("skipped", 0)
    nodes = f"{asked:,} node" + ("" if asked == 1 else "s")
    not_smooth = sum(r.status.value == "skipped" and r.slip is not None for r in comparison.results)
    skipped = f"; {not_smooth:,} skipped, not smooth here" if not_smooth else ""
    if comparison.ok:
        return f"{f'All correct: {nodes}' if asked else 'No node is checked'}{skipped}."
    found = ", ".join(
        f"{counts[word]:,} {word}" for word in ("correct", "wrong", "missing", "carried") if word in counts
    )
    text = f"{nodes}: {found}{skipped}."
    if shown < asked:
        text += f" {asked - shown:,} are not shown."
    if comparison.causes:
        causes = [one_line(result.name) for result in comparison.causes[:4]]
        more = len(comparison.causes) - len(causes)
        text += f" Mend first: {', '.join(causes)}" + (f" and {more:,} more." if more else ".")
    elif comparison.missing:
        text += f" Next to fill in: {one_line(comparison.missing[0].name)}."
    return text


def _by_array(comparison: Comparison) -> ArrayComparison | None:
    """The comparison, if it has arrays to show."""
    if not comparison.arrays:
        return None
    from .arraywise.comparison import ArrayComparison

    return comparison if isinstance(comparison, ArrayComparison) else None


def one_line(text: str) -> str:
    """Line ends and other control characters written out, so that a label cannot break the table."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def text_width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
