"""A derivation typed a line at a time: each line has to be the one before it, on random numbers."""

from __future__ import annotations

import ast
import math
import tomllib
from typing import Any

import numpy as np

from handgrad import HandgradError
from handgrad.names import listed
from handgrad.number import show
from handgrad.viz.sheet.expression import ExpressionError, evaluate, parse_line

from ..course import Course, Kata
from .edits import find_edit
from .outcome import Outcome

EQUAL, NEARLY = 1e-8, 1e-4
"""How far two lines may differ, as a share of their largest number, and how far where a small term is left out."""
ABOUT = 1.25
"""So many times the names of the shortest line, and a line is short enough."""
_SEED = 1


class NoPaperError(HandgradError):
    """A kata has no derivation to type."""

    def __init__(self, kata: Kata, course: Course) -> None:
        known = [each.name for each in course.katas if each.paper.is_file()]
        have = f"These have one: {listed(known)}." if known else "No kata of this course has one."
        super().__init__(f"{kata.name} has no derivation to type line by line. {have}")


class Paper:
    """A derivation: what is known, and the lines so far.

    Attributes:
        target: what is derived: "dx".
        lines: the lines so far, the first the one that is given.
    """

    def __init__(self, kata: Kata, course: Course) -> None:
        """Begin the derivation of a kata.

        Raises:
            NoPaperError: it has none.
        """
        if not kata.paper.is_file():
            raise NoPaperError(kata, course)
        self._facts = facts = tomllib.loads(kata.paper.read_text(encoding="utf-8"))
        rng = np.random.default_rng(_SEED)
        self._values: dict[str, Any] = {name: float(size) for name, size in facts["sizes"].items()}
        for name, axes in facts["leaves"].items():
            self._values[name] = rng.normal(size=[facts["sizes"].get(axis, axis) for axis in axes]) * 1.7
        for line in [*facts["forward"], *facts["backward"]]:
            name, text = line.split(" = ", 1)
            self._values[name] = evaluate(text, self)
        self.target, first = facts["backward"][-1].split(" = ", 1)
        self._truth = self._values.pop(self.target)
        self.lines, self._way = [first], list(facts["way"])
        self._allowed = {*facts["only"], *facts["sizes"]}

    @property
    def known(self) -> list[str]:
        """What is known, in lines of text."""
        leaves = [f"{name} ({', '.join(map(str, axes))})" for name, axes in self._facts["leaves"].items()]
        forward, backward = ([f"    {line}" for line in self._facts[way]] for way in ("forward", "backward"))
        return [f"Forward, from {', '.join(leaves)}:", *forward, "Back, a step at a time:", *backward]

    @property
    def goal(self) -> str:
        """What is to be reached."""
        return f"a line for {self.target} in {', '.join(self._facts['only'])} alone"

    @property
    def is_done(self) -> bool:
        """Whether the last line is in the wanted names alone, and about as short as it can be."""
        last = self._names_in(self.lines[-1])
        return {*last} <= self._allowed and len(last) <= ABOUT * len(self._names_in(self._facts["way"][-1]))

    @property
    def names(self) -> list[str]:
        """The names that a line may use."""
        return list(self._values)

    def data(self, name: str) -> Any:
        """Return what a name stands for, as of `Known`."""
        return self._values.get(name)

    def grad(self, name: str) -> Any:
        """Return the gradient of a name, as of `Known`."""
        return self._values.get(f"d{name}")

    def judge(self, text: str) -> Outcome:
        """Judge a line, and keep it where it follows.

        Raises:
            ExpressionError: it has no value; the message has an expression that has one.
        """
        try:
            name, written = _split(text)
            value = evaluate(written, self)
        except ExpressionError as error:
            example = f"Type an expression in the names above, such as {self.lines[0]}."
            raise ExpressionError(error.problem.replace("on the graph", "here"), example) from None
        if name not in ("", self.target, *self._values):
            self._values[name] = value
            if {*self._names_in(written)} <= self._allowed:
                self._allowed.add(name)
            return Outcome(True, f"{name} is kept: you may use it from now on.")
        is_next = name in ("", self.target)
        wanted = self._truth if is_next else self._values[name]
        if _distance(value, wanted) > EQUAL:
            problem = f"That does not follow from line {len(self.lines)}." if is_next else f"That is not {name}."
            return Outcome(False, f"{problem} {self._describe(written, value, wanted)}")
        if not is_next:
            return Outcome(True, f"Right, that is {name}.")
        if written == self.lines[-1]:
            return Outcome(True, f"That is line {len(self.lines)} again.")
        self.lines.append(written)
        left = ", ".join(sorted({*self._names_in(written)} - self._allowed))
        more = f" Still in it: {left}." if left else "" if self.is_done else " It can be shorter still."
        return Outcome(True, f"It follows.{more}")

    def show_next(self) -> str:
        """Write one way to go on."""
        done = [place for place, line in enumerate(self._way, 1) if line in self.lines]
        self.lines.append(self._way[min(max(done, default=0), len(self._way) - 1)])
        return f"One way on: {self.target} = {self.lines[-1]}"

    def _names_in(self, text: str) -> list[str]:
        """Return the known names that a line has, as often as it has them."""
        found = [node.id for node in ast.walk(parse_line(text)) if isinstance(node, ast.Name)]
        return [name for name in found if name in self._values]

    def _describe(self, text: str, value: Any, wanted: Any) -> str:
        """Return what is off, in a sentence."""
        if np.shape(value) != np.shape(wanted):
            return f"It has shape {np.shape(value)}, and should have {np.shape(wanted)}."
        edit = find_edit(text, lambda edited: self._is(edited, wanted))
        if edit is not None:
            return edit
        if _distance(value, wanted) < NEARLY:
            return "It is off by very little: is a small number left out, as 1e-5 is?"
        ratio, difference = np.ravel(value / wanted), value - wanted
        if np.ptp(ratio) <= NEARLY * abs(ratio[0]):
            too_large = f"It is {show(float(ratio[0]))} times what it should be."
            return "The sign is flipped." if ratio[0] < 0.0 else too_large
        for axis, where in enumerate(
            ("down each column", "along each row")[: difference.ndim if value.ndim > 1 else 0]
        ):
            if np.ptp(difference, axis).max() <= NEARLY * abs(difference).max():
                return f"What is off is the same number all {where}: which sum is that?"
        at = tuple(map(int, np.unravel_index(abs(difference).argmax(), difference.shape)))
        return f"At {list(at)}, say, it is {show(float(value[at]))} and was {show(float(wanted[at]))}."

    def _is(self, text: str, wanted: Any) -> bool:
        try:
            return _distance(evaluate(text, self), wanted) <= EQUAL
        except ExpressionError:
            return False


def _split(text: str) -> tuple[str, str]:
    """Return the name that a line gives a value, "" for none, and the expression."""
    statement = parse_line(text)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id, ast.unparse(statement.value)
    return "", text.strip()


def _distance(value: Any, wanted: Any) -> float:
    """Return how far a value is off, as a share of the largest number; infinite for another shape."""
    if np.shape(value) != np.shape(wanted):
        return math.inf
    return float(np.max(np.abs(value - wanted)) / np.max(np.abs(wanted)))
