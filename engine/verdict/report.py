"""A comparison as a table: its rows, what is to fix first above them, and each advice once."""

from __future__ import annotations

import re
import shutil
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, takewhile
from typing import TYPE_CHECKING, NamedTuple

from ..names import listed
from ..number import finite_or_none, one_line, show
from .status import GRAVEST_FIRST, NOT_OK, Status

if TYPE_CHECKING:
    from .array_result import ArrayResult
    from .comparison import Comparison
    from .result import NodeResult

MOST_ROWS = 60
"""A longer table shows its causes, then what else is not correct, up to this many rows."""
FEW = 3
"""So many places are named, more are counted."""

ROUNDED = "rounded"
RULE = "rule"
"""Of a number that is right where the rule is wrong that has given it."""

_STEP = re.compile(r"^[\d,]+(?:st|nd|rd|th) |(?: \(\d+\)|\[\d+\]|_?\d+)$")
_INDEX = re.compile(r"(?<=[A-Za-z_\[])\d+(?![\w.])|^[\d,]+(?:st|nd|rd|th)(?= )|(?<=the )[\d,]+(?:st|nd|rd|th)(?= )")
"""A number that is a part of a name: `w1`, `w[1]`, `the 2nd sum in loss`."""


class Entry(NamedTuple):
    """What one row is about: a result, or those of several steps of a loop, the first of which is shown."""

    result: NodeResult
    steps: tuple[NodeResult, ...]

    @property
    def name(self) -> str:
        name = one_line(self.result.name)
        return f"{_stem(name)} ({len(self.steps)} steps)" if len(self.steps) > 1 else name


def entries_of(comparison: Comparison, most: int) -> list[Entry | int]:
    """Return the results to show in backward order, those of the steps of one loop on one line of code together.

    Where they are more than `most`, a number stands for so many right ones in a row.
    """
    if comparison.arrays:
        return [*_group_steps(enumerate(_arrays_and_others(comparison))).values()]
    evidence, statuses, result_at = comparison.evidence, comparison.statuses, comparison.result_at
    noted = {comparison.places[node] for node in {*evidence.sources, *(evidence.slips or ())} - evidence.unlisted}
    right = [place for place, status in enumerate(statuses) if status is Status.CORRECT and place not in noted]
    others = {*comparison.not_ok, *(at for at in noted if statuses[at] is Status.CORRECT or result_at(at).slip)}
    entries = _group_steps((place, result_at(place)) for place in sorted(others))
    if len(entries) + len(right) <= most:
        return [*_group_steps((place, result_at(place)) for place in sorted({*others, *right})).values()]
    found: list[Entry | int] = []
    start = 0
    for place in (*entries, len(statuses)):
        end = bisect(right, place)
        some = right[start:end]
        found += [len(some)] if len(some) > 1 else [Entry(result_at(at), (result_at(at),)) for at in some]
        found += [entries[place]] if place in entries else []
        start = end
    return found


def _group_steps(results: Iterable[tuple[int, NodeResult]]) -> dict[int, Entry]:
    """Return the entries of results that are given with their places, by the first of them."""
    steps: dict[object, dict[int, NodeResult]] = {}
    for place, result in results:
        source = result.source
        # What is on one line is a loop's only where the names differ in their number alone.
        key = result.node if source is None else (_stem(one_line(result.name)), source, result.status, result.shape)
        steps.setdefault(key, {})[place] = result
    return {min(same): Entry(same[min(same)], tuple(same.values())) for same in steps.values()}


def _stem(name: str) -> str:
    return _STEP.sub("", name) or name


def choose_entries(entries: list[Entry | int]) -> tuple[list[Entry | int], int]:
    """Return the most urgent entries, and how many results are left out; what is folded anyway takes no room."""
    rows = [entry for entry in entries if isinstance(entry, Entry)]
    urgent = [entry for entry in rows if entry.result.status is not Status.CORRECT or entry.result.note]
    urgent.sort(key=lambda entry: GRAVEST_FIRST.index(entry.result.status))
    left_out = {id(entry): len(entry.steps) for entry in urgent[MOST_ROWS:]}
    return [entry for entry in entries if id(entry) not in left_out], sum(left_out.values())


def causes_of(entries: Iterable[Entry | int]) -> list[Entry]:
    """Return what to fix, in its order. Mistakes that a number shows, others, numbers that only want more digits."""
    causes = [entry for entry in entries if isinstance(entry, Entry) and entry.result.status is Status.WRONG]
    return sorted(causes, key=lambda entry: (entry.result.rounded, _is_of_a_rule(entry.result)))


def fix_first(causes: Sequence[Entry]) -> str:
    """Return the line that names the first causes to fix."""
    mistakes = [entry for entry in causes if not entry.result.rounded]
    named = mistakes or causes
    more = len(named) - 4
    return (
        f"{'Fix first' if mistakes else 'Give more digits'}: {', '.join(entry.name for entry in named[:4])}"
        f"{f' and {more:,} more' if more > 0 else ''}."
    )


def advice_by_node(causes: Sequence[Entry]) -> dict[object, str]:
    """Return what is said of each cause, or where the same was said of another that it holds here, too.

    What is said of `w[1]` with `x[1]` in it is the same of `w[0]` with `x[0]`.
    """
    alike: dict[tuple[str, str], list[Entry]] = {}
    for entry in causes:
        name = rf"(?<!\w){re.escape(one_line(entry.result.name))}(?!\w)"
        alike.setdefault((_place(entry), re.sub(name, "{}", _advice(entry.result))), []).append(entry)
    same: dict[tuple[str, str], list[Entry]] = {}
    for (place, advice), entries in alike.items():
        slip = entries[0].result.slip
        shared = slip.shared if slip is not None else ""
        same.setdefault((place, shared or _generalize_indices(advice, entries[0].result)), []).extend(entries)
    for entries in same.values():
        entries.sort(key=causes.index)
    notes: dict[object, str] = {}
    for (place, _), (first, *others) in same.items():
        advice = _advice(first.result)
        if others and advice:
            names = listed(other.name for other in others) if len(others) <= FEW else f"{len(others):,} more"
            advice += f" The same at {names}."
        notes[first.result.node] = f"{place}\n{advice}".strip()
    return notes


def _generalize_indices(advice: str, result: NodeResult) -> str:
    """Return what is said of a result as it would be said of another, each index by where it stands beside its own."""
    own = [_number(found[0]) for found in _INDEX.finditer(one_line(result.name))]

    def describe_index(found: re.Match[str]) -> str:
        number = _number(found[0])
        return f"#{own.index(number)}" if number in own else f"{number - own[-1]:+}" if own else found[0]

    return _INDEX.sub(describe_index, advice)


def _number(index: str) -> int:
    return int(re.sub(r"\D", "", index))


def _advice(result: NodeResult) -> str:
    note = one_line(result.note)
    return f"{note} {_which(result)}".strip() if result.shape and not result.rounded else note  # type: ignore[arg-type]


def _which(result: ArrayResult) -> str:
    """Return which entries are off, where some are right: all in one row, or which is the first."""
    if not 0 < result.wrong < result.total or result.few_wrong:
        return ""
    first = result.first_wrong or ()
    where = f"{result.name_entries([first])} first"
    for axis, (at, length) in enumerate(zip(first, result.shape)):
        if length >= FEW and 1 < result.wrong == result.is_wrong.take(at, axis).sum():
            line = ("row", "column")[axis] if len(first) == 2 else f"axis {axis}, index"
            where = f"all of them in {line} {at}"
    return f"{result.wrong:,} of {result.total:,} entries are off, {where}."


def _place(entry: Entry) -> str:
    """Return the line that a mistake is made at, "" where that is not known."""
    if entry.result.source is None:
        return ""
    file, line, text = entry.result.source
    place = f"{file.replace(chr(92), '/').rpartition('/')[2]}:{line}"
    if len(entry.steps) > 1:
        place += f", at each of {len(entry.steps)} steps"
    return f"{place}: {one_line(text)}"


def _arrays_and_others(comparison: Comparison) -> list[NodeResult]:
    """Return the arrays of a graph, and of its numbers those that are not right."""
    numbers = (result for result in comparison.results if not result.shape and result.status in NOT_OK)
    return [*comparison.arrays, *numbers]


def header(comparison: Comparison, *, reveal: bool) -> tuple[str, ...]:
    """Return the titles of the columns."""
    if comparison.arrays:
        return ("array", "shape", "max diff", "status")
    return ("node", "data", *comparison.titles[: 2 if reveal else 1], "status")


def cells_of(entry: Entry, comparison: Comparison, reveal: bool) -> tuple[str, ...]:
    """Return the texts of one row: name, data or shape, gradients or their difference, and the status."""
    result = entry.result
    word = "WRONG" if result.status is Status.WRONG else result.status.value
    word = ROUNDED if result.rounded else RULE if _is_of_a_rule(result) else word
    if comparison.arrays:
        shape = f"({', '.join(map(str, result.shape))}{',' if len(result.shape) == 1 else ''})"
        return entry.name, shape, _largest_difference(entry), word
    is_right = result.status is Status.CORRECT
    actual, expected = result.actual, result.expected
    shown = [show(actual, None if is_right else expected)]
    if reveal:
        shown.append(show(expected, None if is_right else actual))
    return entry.name, show(result.node.data), *shown, word


def _is_of_a_rule(result: NodeResult) -> bool:
    """Tell whether the number is right, and the cause is a rule that something else shows."""
    number = None if result.shape or result.status is not Status.WRONG else finite_or_none(result.actual)
    return number is not None and number == finite_or_none(result.expected)


def _largest_difference(entry: Entry) -> str:
    """Return how far an array is off at most, over all steps of a loop, as text."""
    found = [step.max_diff if step.shape else step.error for step in entry.steps]  # type: ignore[attr-defined]
    known = [number for number in found if number is not None]
    if not known:
        return "?" if entry.result.shape else ""
    return f"{max(known):.1e}" if max(known) else "0"


def summary(comparison: Comparison, cut: int) -> str:
    """Return how many nodes have which status, and what is to be said of the whole."""
    what, skipped = "node", ""
    if comparison.arrays:
        rows = _arrays_and_others(comparison)
        what = "array" if len(rows) == len(comparison.arrays) else "gradient"
        words = Counter(ROUNDED if one.rounded else one.status.value for one in rows)
    else:
        words = Counter({status.value: count for status, count in comparison.counts.items()})
        words.update({ROUNDED: len(comparison.rounded), "wrong": -len(comparison.rounded)})
        del words[Status.SKIPPED.value]
        slips = comparison.evidence.slips or {}
        not_smooth = sum(comparison[node].status is Status.SKIPPED for node, slip in slips.items() if slip is not None)
        skipped = f"; {not_smooth:,} skipped, not smooth here" if not_smooth else ""
    asked = words.total()
    total = f"{asked:,} {what}" + ("" if asked == 1 else "s")
    if comparison.ok:
        text = f"{f'All correct: {total}' if asked else 'No node is checked'}{skipped}."
    else:
        shown = (
            f"{words[word]:,} {word}" for word in ("correct", "wrong", ROUNDED, "missing", "carried") if words[word]
        )
        text = f"{total}: {', '.join(shown)}{skipped}."
        missing = [one for one in comparison.arrays if one.status is Status.MISSING] or comparison.missing
        if missing and not comparison.causes:
            text += f" Next to fill in: {one_line(missing[0].name)}."
    if cut:
        text += f" {cut:,} are not shown."
    return f"{text} {comparison.remark}" if comparison.remark else text


WIDTH = 79
"""Of all lines, where the terminal is not narrower."""
NARROWEST = 30
NARROWEST_COLUMN = 10
LONG = 16
"""In a table of more rows, what is right is folded, and of so many that what has been carried on."""


class Line(NamedTuple):
    """One line of a table, before it is wrapped."""

    # "title"; a row's status: "correct", "wrong", "carried", "missing" or "skipped"; "note", a sentence about the row
    # above; "folded", how many right rows stand in its place; "advice", a sentence about what is to be fixed first;
    # "summary"; or "text", an empty line
    kind: str
    text: str  # of a note, an advice and a summary the sentence alone, in lines of its own
    word: str = ""  # what the text ends in, where that is the status in words


_INDENTS = {"note": ("    ^ ", "      "), "advice": ("  ", "  "), "summary": ("", "")}
"""What sentences are indented by: their first line, and all others."""


def text_of(lines: Iterable[Line]) -> str:
    """Return lines as they stand in a terminal."""
    return "\n".join(part for line in lines for part in wrap(line))


def wrap(line: Line) -> list[str]:
    """Return a line as it stands in a terminal."""
    if line.kind not in _INDENTS:
        return [line.text]
    start, others = _INDENTS[line.kind]
    first, *rest = line.text.split("\n")
    return [*_wrap(first, start, others), *(part for text in rest for part in _wrap(text, others, others))]


def lines(comparison: Comparison, *, reveal: bool) -> list[Line]:
    """Return what to fix first and why, the rows with what is to be said of them, and how many have which status."""
    entries, cut = choose_entries(entries_of(comparison, LONG))
    causes = causes_of(entries)
    notes = advice_by_node(causes)
    found: list[Line] = []
    if causes:
        found.append(Line("summary", fix_first(causes)))
        found.extend(Line("advice", note) for note in (notes.pop(causes[0].result.node),) if note)
        found.append(Line("text", ""))
    shown = [*_fold(entries)]
    title = header(comparison, reveal=reveal)
    cells = [() if isinstance(entry, Line) else cells_of(entry, comparison, reveal) for entry in shown]
    widths = column_widths([title, *filter(None, cells)])
    found.append(Line("title", layout(title, widths)))
    for entry, row in zip(shown, cells):
        if isinstance(entry, Line):
            found.append(entry)
            continue
        found.append(Line(entry.result.status.value, layout(row, widths), row[-1]))
        if note := note_of(entry, notes):
            found.append(Line("note", note))
    return [*found, Line("text", ""), Line("summary", summary(comparison, cut))]


def note_of(entry: Entry, notes: Mapping[object, str]) -> str:
    """Return what is said below a row, "" for nothing."""
    result = entry.result
    return notes.get(result.node, "") if result.status is Status.WRONG else one_line(result.note)


def _fold(entries: Sequence[Entry | int]) -> Iterator[Entry | Line]:
    """Return what to lay out: entries, and lines that stand for several."""
    rows = [entry for entry in entries if isinstance(entry, Entry)]
    folded = {Status.CORRECT} if len(rows) < len(entries) or len(rows) > LONG else set()
    folded |= {Status.CARRIED} if sum(row.result.status is Status.CARRIED for row in rows) > LONG else set()

    def is_folded(entry: Entry | int) -> bool:
        return isinstance(entry, int) or (entry.result.status in folded and not entry.result.note)

    for is_quiet, run in groupby(entries, is_folded):
        some = [*run]
        if is_quiet and (len(some) > 1 or isinstance(some[0], int)):
            counts = Counter({Status.CORRECT: sum(one for one in some if isinstance(one, int))})
            counts.update(step.status for one in some if isinstance(one, Entry) for step in one.steps)
            said = ", ".join(f"{counts[status]:,} {status.value}" for status in Status if counts[status])
            yield Line("folded", f"... {said}")
        else:
            yield from (one for one in some if isinstance(one, Entry))


def column_widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    """Return what each column takes. The first, and then the widest one, gives way where a line would be too long."""
    widths = [max(map(text_width, column)) for column in zip(*rows)]
    room = sentence_width() - 3 * (len(widths) - 1)
    for place in (0, *sorted(range(len(widths)), key=lambda place: -widths[place])):
        too_wide = sum(widths) - room
        if too_wide > 0:
            widths[place] = min(widths[place], max(NARROWEST_COLUMN, widths[place] - too_wide))
    return widths


def layout(cells: tuple[str, ...], widths: list[int]) -> str:
    """Put name and status to the left, numbers to the right."""
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths)):
        shown = _shorten(cell, width)
        room = " " * (width - text_width(shown))
        padded.append(shown + room if place in (0, len(cells) - 1) else room + shown)
    return "   ".join(padded).rstrip()


def _shorten(text: str, width: int) -> str:
    """Return a text without its middle, where it is wider than there is room."""
    if text_width(text) <= width:
        return text
    head = text[: _fitting(text, (width - 2) // 2)]
    return f"{head}...{text[len(text) - _fitting(text[::-1], width - 3 - text_width(head)) :]}"


def _fitting(text: str, room: int) -> int:
    """Count the characters that a text begins with and that fit into some columns."""
    return sum(1 for _ in takewhile(room.__ge__, accumulate(map(text_width, text))))


def sentence_width() -> int:
    """Return how many columns lines take: those of the terminal, up to `WIDTH`."""
    return max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns))


def _wrap(text: str, start: str, others: str) -> list[str]:
    """Return a sentence in lines, by the columns that it takes. A word that is wider than a line is cut."""
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
    """Return the columns on a terminal: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
