"""A comparison as a table of plain text."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from ..number import one_line, show
from .status import GRAVEST_FIRST, Status

if TYPE_CHECKING:
    from .array_result import ArrayResult
    from .comparison import Comparison
    from .result import NodeResult

WIDTH = 79
"""Of sentences, where the terminal is not narrower."""
NARROWEST = 30
MOST_ROWS = 60
"""A longer table shows its causes, then what else is not correct, then the rest, up to this many rows."""

WORDS = {
    "correct": "correct",
    "wrong": "WRONG",
    "carried": "carried",
    "missing": "missing",
    "skipped": "skipped",
}

_ARRAY_HEADER = ("array", "shape", "max diff", "status")


class Row(NamedTuple):
    """One line of the table, as text; `note` is the sentence under it, "" for none."""

    status: str
    cells: tuple[str, ...]
    note: str


def rows(comparison: Comparison, *, reveal: bool) -> list[Row]:
    """The rows of the nodes asked for, in backward order, cut to the `MOST_ROWS` most urgent; or the arrays'."""
    if comparison.arrays:
        return [*map(_array_row, comparison.arrays), *map(_number_row, _numbers_to_tell(comparison))]
    results = [r for r in comparison.results if r.status is not Status.SKIPPED or r.slip]
    if len(results) > MOST_ROWS:
        by_urgency = sorted(results, key=lambda r: GRAVEST_FIRST.index(r.status))
        kept = {r.node for r in by_urgency[:MOST_ROWS]}
        results = [r for r in results if r.node in kept]
    return [_row(result, reveal) for result in results]


def _row(result: NodeResult, reveal: bool) -> Row:
    is_right = result.status.value == "correct"
    actual, expected = result.actual, result.expected
    cells = [one_line(result.name), show(result.node.data), show(actual, None if is_right else expected)]
    if reveal:
        cells.append(show(expected, None if is_right else actual))
    note = _note(result)
    return Row(result.status.value, (*cells, WORDS[result.status.value]), note)


def _numbers_to_tell(comparison: Comparison) -> list[NodeResult]:
    """In a graph with arrays: the single numbers asked for that are not correct."""
    quiet = (Status.CORRECT, Status.SKIPPED)
    return [result for result in comparison.results if not result.shape and result.status not in quiet]


def _array_row(result: ArrayResult) -> Row:
    off = "?" if result.max_diff is None else f"{result.max_diff:.1e}" if result.max_diff else "0"
    shape = f"({', '.join(map(str, result.shape))}{',' if len(result.shape) == 1 else ''})"
    note = _note(result)
    if result.status is Status.WRONG and 0 < result.wrong < result.total and not result.few_wrong:
        first = result.listed([result.first_wrong or ()])
        note = f"{note} {result.wrong:,} of {result.total:,} entries are off, {first} first.".lstrip()
    return Row(result.status.value, (one_line(result.name), shape, off, WORDS[result.status.value]), note)


def _number_row(result: NodeResult) -> Row:
    off = "" if result.error is None else f"{result.error:.1e}"
    return Row(result.status.value, (one_line(result.name), "()", off, WORDS[result.status.value]), _note(result))


def _note(result: NodeResult) -> str:
    """Its note, after the line that a mistake is made at where that is known."""
    note = one_line(result.note)
    if result.status is not Status.WRONG or result.source is None:
        return note
    file, line, text = result.source
    return f"{file.replace(chr(92), '/').rpartition('/')[2]}:{line}: {one_line(text)}\n{note}".rstrip()


def header(comparison: Comparison, *, reveal: bool) -> tuple[str, ...]:
    if comparison.arrays:
        return _ARRAY_HEADER
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
    lines.extend(["", *textwrap.wrap(summary(comparison, len(body)), sentence_width())])
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


def sentence_width() -> int:
    """How many columns sentences take: those of the terminal, up to `WIDTH`."""
    return max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns))


def note_lines(note: str) -> list[str]:
    lines: list[str] = []
    for part in note.split("\n") if note else ():
        start = "      " if lines else "    ^ "
        lines += textwrap.wrap(part, sentence_width(), initial_indent=start, subsequent_indent="      ")
    return lines


def summary(comparison: Comparison, shown: int) -> str:
    """How many nodes have which status, and where to start mending; what is to be said of the whole."""
    text = _array_summary(comparison) if comparison.arrays else _number_summary(comparison, shown)
    return f"{text} {comparison.remark}" if comparison.remark else text


def _number_summary(comparison: Comparison, shown: int) -> str:
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


def _array_summary(comparison: Comparison) -> str:
    """How many arrays have which status, and where to start mending."""
    arrays = f"{len(comparison.arrays):,} array" + ("" if len(comparison.arrays) == 1 else "s")
    if comparison.ok:
        return f"All correct: {arrays}."
    words = [result.status.value for result in comparison.arrays]
    found = ", ".join(
        f"{words.count(word):,} {word}" for word in ("correct", "wrong", "missing", "carried") if word in words
    )
    text = f"{arrays}: {found}."
    results = [*comparison.arrays, *_numbers_to_tell(comparison)]
    causes = [one_line(result.name) for result in results if result.status is Status.WRONG]
    missing = [one_line(result.name) for result in results if result.status is Status.MISSING]
    if causes:
        more = len(causes) - 4
        text += f" Mend first: {', '.join(causes[:4])}" + (f" and {more:,} more." if more > 0 else ".")
    elif missing:
        text += f" Next to fill in: {missing[0]}."
    return text


def text_width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
