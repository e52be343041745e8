"""What a failed check found, in a line, and where the kata's text speaks of it: how a hint opens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .course import Course, Kata
from .judging.verdict import Verdict
from .memory.history import RIGHT, WRONG, Attempt

LONGEST = 300
"""So many characters of a sentence are kept."""
_FAILED = ("failed", "error", "timeout")
_WORDS = {
    "sign": r"minus|negative|sign|opposite|subtract\w*|falls|taken away",
    "missing-path": r"add up|adds up|added|uses|used twice|twice|contributions?|each use|gathers|both",
    "forgot-upstream": r"upstream|times what|chain rule|hand(s|ed)? on|passe[sd] on",
    "forgot-local": r"local derivative|slope|derivative|rule",
    "swapped": r"other|factor|each of them|the one",
    "factor": r"mean|1/n|divided?|average|n times|constant|2\*|\(n - 1\)",
    "double": r"once|twice|add up|adds up",
    "rule": r"slope|local derivative|derivative|rule|output",
    "shape": r"shapes?|broadcast\w*|sum(med)?|\.sum\(\w+\)|axis|axes|transposed?|\.T",
    "not-summed": r"broadcast\w*|sum(med)?|\.sum\(\w+\)|add up|rows?",
    "not-broadcast": r"broadcast\w*|every entry|each entry|shapes?|axis",
    "wrong-axis": r"axis|axes|rows?|columns?|\.sum\(\w+\)",
    "transposed": r"transposed?|\.T|shapes?",
    "one-hot": r"one-hot|target|class|p - y|y is",
    "wrong-upstream": r"upstream|gradient of|comes back",
}
"""By the kind of a slip, the words of a text that speak of it."""


_TAUGHT = {
    "sign": "minus", "missing-path": "used_twice", "double": "used_twice", "forgot-upstream": "two_links",
    "forgot-local": "two_links", "swapped": "multiply", "factor": "batch_mean", "shape": "bias", "not-summed": "bias",
    "not-broadcast": "axis_mean", "wrong-axis": "axis_mean", "transposed": "matmul", "one-hot": "one_go",
}  # fmt: skip
"""By the kind of a slip, the kata that teaches what it is about."""
_NO_PROSE = ("    ", "```", "**Do", "Why it matters", "(", "#", "|")
"""How a paragraph begins that explains nothing: code, a table, the task, a source."""


def find_why(found: Verdict) -> str:
    """Return why a check failed, in a line; "" where it passed."""
    if found.ok or found.status == "cancelled":
        return ""
    nodes: list[dict[str, Any]] = found.comparison["nodes"] if found.comparison else []
    for node in nodes:
        if node["status"] == "wrong":
            return _shorten(node["slip"]["message"] if node["slip"] else f"{node['name']} is wrong.")
    lines = [line.strip() for line in found.message.splitlines() if line.strip()]
    if found.first_missing:
        return f"{found.first_missing} is not filled in yet."
    # A kata's own test ends with what it means; where a program breaks off, the first line says it.
    return _shorten(lines[-1 if found.status == "failed" else 0]) if lines else ""


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def last_failed(attempts: Iterable[Attempt], kata: Kata) -> Attempt | None:
    """Return the last check of a kata where it failed and nothing came after it."""
    last = None
    for attempt in attempts:
        if attempt.kata == kata.name and attempt.status not in (RIGHT, WRONG):
            last = attempt if attempt.status in _FAILED else None
    return last


def find_passage(course: Course, kata: Kata, attempt: Attempt) -> tuple[Kata, str] | None:
    """Return the paragraph that speaks of what went wrong, and the kata whose text has it: this one, or an earlier."""
    found = _search(kata, attempt)
    if found:
        return kata, found
    taught = {other.name: other for other in course.katas[: course.katas.index(kata)]}
    earlier = next((taught[_TAUGHT[kind]] for kind in attempt.slips[:1] if _TAUGHT.get(kind) in taught), None)
    found = _search(earlier, replace(attempt, nodes=(), why="")) if earlier is not None else ""
    return (earlier, found) if earlier is not None and found else None


def _search(kata: Kata, attempt: Attempt) -> str:
    """Return the paragraph of a kata's text that speaks of what went wrong; "" for none."""
    words = [_WORDS[kind] for kind in attempt.slips[:1] if kind in _WORDS]
    if not words:
        return ""
    operations = re.findall(r"'(\w+)'", attempt.why)
    best, most = "", 0.0
    for part in kata.statement.partition("\n")[2].split("\n\n"):
        paragraph = part.strip("\n")
        if not paragraph or paragraph.startswith(_NO_PROSE):
            continue
        hits = {found[0].lower() for found in re.finditer(rf"(?<!\w)({words[0]})(?!\w)", paragraph, re.IGNORECASE)}
        names = sum(_speaks_of(paragraph, name) for name in attempt.nodes[:1])
        score = (len(hits) + 0.5 * names + sum(_speaks_of(paragraph, name) for name in operations)) if hits else 0.0
        score *= 0.6 if paragraph.startswith("Example") else 1.0
        if score > most:
            best, most = paragraph, score
    return best


def _speaks_of(paragraph: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", paragraph) is not None
