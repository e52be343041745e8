"""A comparison as a table of plain text: what to fix first above it, and each piece of advice once."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from ..number import one_line
from .rows import Entry, causes_of, cells_of, chosen, entries_of, fix_first, header, said_once, summary
from .status import Status

if TYPE_CHECKING:
    from .comparison import Comparison

WIDTH = 79
"""Of all lines, where the terminal is not narrower."""
NARROWEST = 30
NARROWEST_COLUMN = 10
LONG = 16
"""In a table of more rows, what is right is folded, and of so many that what has been carried on."""


class Line(NamedTuple):
    """One line of a table, before it is wrapped.

    Attributes:
        kind: "title"; a row's status: "correct", "wrong", "carried", "missing" or "skipped"; "note", a sentence about
            the row above; "folded", how many right rows stand in its place; "advice", a sentence about what is to be
            fixed first; "summary"; or "text", an empty line.
        text: of a note, an advice and a summary the sentence alone, in lines of its own.
        word: what the text ends in, where that is the status in words.
    """

    kind: str
    text: str
    word: str = ""


def table(comparison: Comparison, *, reveal: bool) -> str:
    """All lines, wrapped."""
    return text_of(lines(comparison, reveal=reveal))


def text_of(lines: Iterable[Line]) -> str:
    """Lines as they stand in a terminal."""
    return "\n".join(part for line in lines for part in wrapped(line))


def wrapped(line: Line) -> list[str]:
    """A line as it stands in a terminal."""
    if line.kind == "note":
        return note_lines(line.text)
    if line.kind == "advice":
        return [part for text in line.text.split("\n") for part in _indented(text, "  ", "  ")]
    return _indented(line.text, "", "") if line.kind == "summary" else [line.text]


def lines(comparison: Comparison, *, reveal: bool) -> list[Line]:
    """What to fix first and why; the rows, with what is to be said of them; and how many have which status."""
    entries, cut = chosen(entries_of(comparison))
    causes = causes_of(entries)
    notes = said_once(causes)
    found: list[Line] = []
    if causes:
        found.append(Line("summary", fix_first(causes)))
        found.extend(Line("advice", note) for note in (notes.pop(causes[0].result.node),) if note)
        found.append(Line("text", ""))
    title = header(comparison, reveal=reveal)
    cells = [cells_of(entry, comparison, reveal) for entry in entries]
    widths = column_widths([title, *cells])
    found.append(Line("title", layout(title, widths)))
    carried = [entry for entry in entries if entry.result.status is Status.CARRIED]
    folded = {Status.CORRECT} if len(entries) > LONG else set()
    folded |= {Status.CARRIED} if len(carried) > LONG else set()

    def is_folded(row: tuple[Entry, tuple[str, ...]]) -> bool:
        return row[0].result.status in folded and not row[0].result.note

    for is_quiet, run in groupby(zip(entries, cells), is_folded):
        rows = list(run)
        if is_quiet and len(rows) > 1:
            counts = {status: sum(len(e.steps) for e, _ in rows if e.result.status is status) for status in Status}
            said = ", ".join(f"{count:,} {status.value}" for status, count in counts.items() if count)
            found.append(Line("folded", f"... {said}"))
            continue
        for entry, row in rows:
            found.append(Line(entry.result.status.value, layout(row, widths), row[-1]))
            note = notes.get(entry.result.node, "") if entry in causes else one_line(entry.result.note)
            if note:
                found.append(Line("note", note))
    return [*found, Line("text", ""), Line("summary", summary(comparison, cut))]


def column_widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """What each column takes; the first, and then the widest one, gives way where a line would be too long."""
    widths = [max(map(text_width, column)) for column in zip(*rows)]
    room = sentence_width() - 3 * (len(widths) - 1)
    for place in (0, *sorted(range(len(widths)), key=lambda place: -widths[place])):
        too_wide = sum(widths) - room
        if too_wide > 0:
            widths[place] = min(widths[place], max(NARROWEST_COLUMN, widths[place] - too_wide))
    return widths


def layout(cells: tuple[str, ...], widths: list[int]) -> str:
    """Name and status to the left, numbers to the right."""
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths)):
        shown = _shortened(cell, width)
        room = " " * (width - text_width(shown))
        padded.append(shown + room if place in (0, len(cells) - 1) else room + shown)
    return "   ".join(padded).rstrip()


def _shortened(text: str, width: int) -> str:
    """A text without its middle, where it is wider than there is room."""
    if text_width(text) <= width:
        return text
    head = text[: _fitting(text, (width - 2) // 2)]
    return f"{head}...{text[len(text) - _fitting(text[::-1], width - 3 - text_width(head)) :]}"


def _fitting(text: str, room: int) -> int:
    """Count the characters that a text begins with and that fit into some columns."""
    return sum(1 for _ in takewhile(room.__ge__, accumulate(map(text_width, text))))


def sentence_width() -> int:
    """How many columns lines take: those of the terminal, up to `WIDTH`."""
    return max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns))


def note_lines(note: str) -> list[str]:
    found: list[str] = []
    for part in note.split("\n") if note else ():
        found += _indented(part, "      " if found else "    ^ ", "      ")
    return found


def _indented(text: str, start: str, others: str) -> list[str]:
    """A sentence in lines, by the columns that it takes; a word that is wider than a line is cut."""
    width, found, line, is_empty = sentence_width(), [], start, True
    for word in map(one_line, text.split()):
        while word:
            fits = _fitting(word, width - text_width(line) - (not is_empty))
            if fits == len(word):
                line, word, is_empty = f"{line}{'' if is_empty else ' '}{word}", "", False
            elif is_empty:
                line, word, is_empty = line + word[: fits or 1], word[fits or 1 :], False
            else:
                found.append(line)
                line, is_empty = others, True
    return found if is_empty else [*found, line]


def text_width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
