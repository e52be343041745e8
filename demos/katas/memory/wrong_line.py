"""A kata without a graph, asked again: its solution with one usual mistake in it, to be found by its line."""

from __future__ import annotations

import ast
import random
from collections.abc import Sequence
from typing import NamedTuple

import click

from handgrad import Comparison, HandgradError

from ..course import Kata
from ..drills.asking import SHOW
from ..drills.outcome import Outcome
from ..terminal.narrow import narrow_line
from ..terminal.views import console
from ..wrong import wrong_answers

MOST_LINES = 16
"""Of a longer function the lines around the mistake are shown."""


class NoLineError(HandgradError, ValueError):
    """What was typed is no line that is shown, or there is no graph to draw."""


class Faulty(NamedTuple):
    """Lines of a program, of which one is wrong.

    Attributes:
        lines: as they are shown.
        place: which of them is wrong, from 0.
        right: what belongs there.
    """

    lines: tuple[str, ...]
    place: int
    right: str


def line_task(kata: Kata, rng: random.Random) -> LineTask | None:
    """Return the solution with one of the kata's usual mistakes in it; None where none is a matter of one line."""
    if not kata.has_solution:
        return None
    right = _lines(kata.solution.read_text(encoding="utf-8"))
    found = [faulty for wrong in wrong_answers(kata) if (faulty := _compare(right, _lines(wrong.text)))]
    return LineTask(rng.choice(found)) if found else None


def _lines(text: str) -> list[str]:
    """Return a program's lines without comments, docstrings and imports."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    tree.body = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    return [line for line in ast.unparse(tree).split("\n") if line.strip()]


def _compare(right: list[str], wrong: list[str]) -> Faulty | None:
    """Return the lines around the one that differs; None where more do, or a line is missing."""
    if len(right) != len(wrong):
        return None
    places = [place for place, pair in enumerate(zip(right, wrong)) if pair[0] != pair[1]]
    if len(places) != 1:
        return None
    (place,) = places
    starts = [at for at, line in enumerate(wrong) if not line[0].isspace()]
    start = max((at for at in starts if at <= place), default=0)
    end = min((at for at in starts if at > place), default=len(wrong))
    if end - start > MOST_LINES:
        start = max(start, min(place - MOST_LINES // 2, end - MOST_LINES))
        end = start + MOST_LINES
    return Faulty(tuple(wrong[start:end]), place - start, right[place].strip())


class LineTask:
    """A program with one wrong line."""

    intro = how = f"One line is wrong. Type its number; {SHOW} shows it, q ends."

    def __init__(self, faulty: Faulty) -> None:
        self.faulty = faulty
        self.questions: Sequence[LineQuestion] = [LineQuestion(faulty)]

    def show(self) -> None:
        """Print the program, its lines numbered."""
        for number, line in enumerate(self.faulty.lines, 1):
            first, *others = narrow_line(line, console().width - 7)
            click.echo(f"  {number:>2}  {first}")
            for other in others:
                click.echo(f"      {other}")
        click.echo()

    def compare(self) -> Comparison:
        """Raise, as there is nothing to draw."""
        raise NoLineError("There is no graph here.")


class LineQuestion:
    """Which line is wrong."""

    prompt = "    The wrong line: "
    thing = "line"

    def __init__(self, faulty: Faulty) -> None:
        self._faulty = faulty

    @property
    def helps(self) -> Sequence[list[str]]:
        """The levels of help: a half of the lines, a quarter of them."""
        count, place = len(self._faulty.lines), self._faulty.place
        found = []
        for part in (2, 4):
            size = -(-count // part)
            first = place // size * size
            if size > 1 and min(first + size, count) > first + 1:
                found.append([f"It is one of the lines {first + 1} to {min(first + size, count)}."])
        return found

    def judge(self, text: str) -> Outcome:
        """Judge the number of a line.

        Raises:
            NoLineError: no line has it.
        """
        word = text.strip().rstrip(".")
        if not word.isdecimal() or not 1 <= int(word[:4]) <= len(self._faulty.lines):
            raise NoLineError(f"Type the number of a line, 1 to {len(self._faulty.lines)}.")
        if int(word) == self._faulty.place + 1:
            return Outcome(True, f"Right. It should be: {self._faulty.right}")
        return Outcome(False, f"Line {int(word)} is as it should be.")

    def show(self) -> str:
        """Return a sentence that says it."""
        return f"It is line {self._faulty.place + 1}. It should be: {self._faulty.right}"
