"""Shapes alone: which shape a gradient has, and what is summed over on the way to it; a few seconds each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handgrad import HandgradError

from .array_drill import ArrayDrill
from .array_task import ArrayTask
from .asking import DRAW, SHOW
from .outcome import Outcome

_NOTHING = ("-", "no", "none", "nothing")
_LETTERS = re.compile(r"[A-Za-z]+|\d+")


class ShapeError(HandgradError, ValueError):
    """What was typed is no shape, or no axis."""


class ShapeTask(ArrayTask):
    """A drill of which no gradient is typed, but its shape, and the axis that is summed over."""

    intro = (
        "Type a shape by letters or lengths: n, D or 5, 3; an axis by its letter or length, - for none. "
        f"Enter helps, {DRAW} draws the graph, {SHOW} shows it, q ends."
    )
    how = intro

    def __init__(self, drill: ArrayDrill) -> None:
        super().__init__(drill)
        self.questions = [
            question for name in drill.asked for question in (ShapeQuestion(drill, name), SumQuestion(drill, name))
        ]  # fmt: skip


class ShapeQuestion:
    """Which shape the gradient of an array has."""

    thing = "shape"

    def __init__(self, drill: ArrayDrill, name: str) -> None:
        self._drill, self.name, self.shape = drill, name, drill.named[name].shape
        self.prompt = f"    d{name} has the shape "

    @property
    def helps(self) -> Sequence[list[str]]:
        """The one level of help."""
        return ([f"d{self.name} says of each entry of {self.name} how fast the result moves with it."],)

    def judge(self, text: str) -> Outcome:
        """Judge a shape.

        Raises:
            ShapeError: it is none.
        """
        parts = _LETTERS.findall(text)
        if not parts:
            raise ShapeError("A shape is lengths, or letters of axes: n, D or (5, 3).")
        shape = tuple(_length(part, self._drill) for part in parts)
        if shape == self.shape:
            return Outcome(True, f"Right: {self.shape}.")
        same = next((name for name in self._drill.given if self._drill.named[name].shape == shape), None)
        if shape == self.shape[::-1]:
            said = "that is the other way round."
        elif same is not None:
            said = f"that is the shape of d{same}."
        else:
            said = f"{shape} it is not."
        return Outcome(False, f"d{self.name}: {said} How many numbers does {self.name} have, each with a slope?")

    def show(self) -> str:
        """Return a sentence that says it."""
        return f"It is {self.shape}: that of {self.name}, as of every gradient."


class SumQuestion:
    """What is summed over on the way to a gradient."""

    thing = "axis"

    def __init__(self, drill: ArrayDrill, name: str) -> None:
        self._drill, self.name = drill, name
        self.axis = drill.sums.get(name, "")
        self.prompt = f"    d{name} is summed over "

    @property
    def helps(self) -> Sequence[list[str]]:
        """The levels of help."""
        return [f"{self._drill.entry}."], [
            f"Take one entry of {self.name}: along which axis does it go into many entries of the result? What comes "
            "back from all of those is summed."
        ]  # fmt: skip

    def judge(self, text: str) -> Outcome:
        """Judge an axis.

        Raises:
            ShapeError: it is none.
        """
        word = text.strip().strip("().,").lower()
        if word in _NOTHING:
            given = 0
        else:
            parts = _LETTERS.findall(text)
            if len(parts) != 1:
                raise ShapeError("One axis, by its letter or its length: n, or 5; - where nothing is summed.")
            given = _length(parts[0], self._drill)
        wanted = int(self._drill.more[self.axis]) if self.axis else 0
        if given == wanted:
            return Outcome(True, f"Right: over {self.axis}." if self.axis else "Right: each entry has one way back.")
        one = f"one entry of {self.name}"
        if not wanted:
            question = f"into how many entries of the result does {one} go?"
        elif not given:
            question = f"{one} goes into many of the result. Along which axis?"
        else:
            question = f"is it along that axis that {one} goes into many entries of the result?"
        return Outcome(False, f"d{self.name}: {question}")

    def show(self) -> str:
        """Return a sentence that says it."""
        return f"Over {self.axis}." if self.axis else "Over nothing: each entry has one way back."


def _length(part: str, drill: ArrayDrill) -> int:
    """Return the length of an axis.

    Raises:
        ShapeError: there is no axis of that letter.
    """
    if part.isdecimal():
        return int(part[:9])
    if part not in drill.more or not isinstance(drill.more[part], float):
        letters = ", ".join(name for name, size in drill.more.items() if isinstance(size, float))
        raise ShapeError(f"There is no axis {part[:20]} here: {letters}, or a length.")
    return int(drill.more[part])
