"""The wrong answers of a kata: mistakes that people make, each an edit of its solution.

A kata's `wrong.toml` has a table for each:

    [lost_minus]
    what = "The minus of the quotient rule is lost."    # only where the name does not say it
    says = "the sign is flipped"
    replace = "b.grad = -a.data / b.data**2"
    with = "b.grad = a.data / b.data**2"

`says` is what whoever answers so is told, or the part of it that tells. `replace` is a text of solution.py and `with`
what stands there instead; or both are lists, one text for each place.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from handgrad import HandgradError

from .course import Course, Kata

_NEEDED, _KNOWN = ("says", "replace", "with"), ("what", "says", "replace", "with")


class WrongAnswersError(HandgradError, ValueError):
    """A kata's wrong.toml cannot be read, or does not fit its solution."""


class WrongAnswer(NamedTuple):
    """An answer that does not pass.

    Attributes:
        kata: whose.
        name: of the mistake, in the kata's wrong.toml.
        text: the whole answer.
    """

    kata: Kata
    name: str
    text: str


@dataclass(frozen=True)
class Planted:
    """A table of a wrong.toml.

    Attributes:
        name: of the mistake.
        says: what the learner is told, or a part of it.
        edits: what is replaced in the solution, and with what.
        what: what the mistake is, in words; "" where its name says it.
    """

    name: str
    says: str
    edits: tuple[tuple[str, str], ...]
    what: str = ""


def wrong_answers(*katas: Kata) -> tuple[WrongAnswer, ...]:
    """Return the wrong answers of some katas, by default of the whole course.

    Raises:
        WrongAnswersError: a wrong.toml cannot be read, or names a text that its solution does not have so often.

    Example:
        >>> kata, name, text = wrong_answers(Course()["multiply"])[0]
        >>> kata.name, name, "a.grad = 1.0" in text
        ('multiply', 'like_a_sum', True)
    """
    found = []
    for kata in katas or Course().katas:
        solution = kata.solution.read_text(encoding="utf-8")
        found += [WrongAnswer(kata, one.name, _apply_edits(solution, one, kata.wrong)) for one in read_planted(kata)]
    return tuple(found)


def read_planted(kata: Kata) -> tuple[Planted, ...]:
    """Return the tables of a kata's wrong.toml, if it has one.

    Raises:
        WrongAnswersError: it cannot be read.
    """
    if not kata.wrong.is_file():
        return ()
    try:
        tables = tomllib.loads(kata.wrong.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongAnswersError(f"{kata.wrong} is not TOML: {error}.") from None
    return tuple(_read_table(name, table, kata.wrong) for name, table in tables.items())


def _read_table(name: str, table: Any, file: Path) -> Planted:
    where = f"{file}: [{name}]"
    if not isinstance(table, dict):
        raise WrongAnswersError(f"{where} is no table: each wrong answer is one, with says, replace and with.")
    missing = [key for key in _NEEDED if key not in table]
    unknown = [key for key in table if key not in _KNOWN]
    if missing or unknown:
        problem = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown)}"
        raise WrongAnswersError(f"{where} {problem}; a wrong answer has says, replace, with, and perhaps what.")
    old, new = (table[key] if isinstance(table[key], list) else [table[key]] for key in ("replace", "with"))
    if not all(isinstance(text, str) for text in (table["says"], table.get("what", ""), *old, *new)):
        raise WrongAnswersError(f"{where} holds something else than texts and lists of texts.")
    if len(old) != len(new) or not all(old):
        raise WrongAnswersError(
            f"{where} replaces {len(old)} texts with {len(new)}: write one for one, and none of those to replace empty."
        )
    return Planted(name, table["says"], tuple(zip(old, new)), table.get("what", ""))


def _apply_edits(solution: str, one: Planted, file: Path) -> str:
    """Return the solution with a mistake in it."""
    places: list[tuple[int, int, str]] = []
    begin = {text: 0 for text, _ in one.edits}
    for text, other in one.edits:
        listed, there = sum(old == text for old, _ in one.edits), solution.count(text)
        if there != listed:
            raise WrongAnswersError(
                f"{file}: [{one.name}] replaces {text!r}, which occurs {_times(there)} in solution.py, not "
                f"{_times(listed)}. Write more of the line, or of the lines around it."
            )
        place = solution.index(text, begin[text])
        begin[text] = place + len(text)
        places.append((place, place + len(text), other))
    parts, done = [], 0
    for start, end, other in sorted(places):
        if start < done:
            raise WrongAnswersError(f"{file}: [{one.name}] replaces texts of solution.py that overlap.")
        parts += [solution[done:start], other]
        done = end
    return "".join([*parts, solution[done:]])


def _times(count: int) -> str:
    return {0: "nowhere", 1: "once", 2: "twice"}.get(count, f"{count} times")
