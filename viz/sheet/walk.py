"""The backward pass on a sheet: which steps are revealed, and what is guessed before."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from handgrad import Value
from handgrad.number import show

from ..tones import largest, scale_of, tone_map
from .graph import Drawn
from .guess import judge
from .known import Known, check_shape
from .mathml import formula
from .notation import TIMES, bracket_negative
from .requests import Message
from .sendable import make_sendable, number
from .steps import MOST_STEPS, Step, backward_steps
from .words import Words


class Walk:
    """The pass over what a sheet shows.

    Args:
        nodes: the graph's nodes by name.
    """

    def __init__(self, drawn: Drawn, words: Words, nodes: dict[str, Value]) -> None:
        self._drawn, self._words, self._nodes = drawn, words, nodes
        self._told_steps: set[int] = set()

    def forget(self) -> None:
        """Start anew with no step revealed; the numbers may be others."""
        self._told_steps.clear()
        for known in ("steps", "largest"):
            self.__dict__.pop(known, None)

    @cached_property
    def steps(self) -> list[Step]:
        """The steps into what is shown."""
        return backward_steps(self._words.root, self._drawn.ids)

    @cached_property
    def largest(self) -> float:
        """Return the end of the one scale of all maps of gradients."""
        return largest(total for step in self.steps for total in (step.total, step.contribution))

    @property
    def scale(self) -> str:
        """Return the legend of the maps of gradients; "" where there is none."""
        return f"gradients and contributions from {scale_of(self.largest)}" if self.largest else ""

    @property
    def end(self) -> str:
        """What is said after the last step."""
        if len(self.steps) == MOST_STEPS:
            return f"Here the walk ends, after {MOST_STEPS:,} uses. In Python, gradients(root) is the whole pass."
        whole = "the pass over what is shown" if self._drawn.note else "the whole pass"
        return f"That is {whole}: every use has passed its share back, and each node's gradient is their sum."

    def edge(self, step: Step) -> Message:
        """Return a step without its numbers."""
        edge = self._drawn.edge_keys.get((step.operand, step.consumer, step.place))
        return {
            "operand": self._drawn.ids[step.operand],
            "consumer": self._drawn.ids.get(step.consumer, self._words.name(step.consumer)),
            "edge": edge,
            "use": step.use,
            "uses": step.uses,
            "label": f"contribution to {self._words.name(step.operand)} from {self._words.name(step.consumer)}",
        }

    def reveal(self, place: int) -> Message:
        """Return a step with its numbers and in words, and count it as revealed."""
        step = self.steps[place]
        self._told_steps.add(place)
        words = self._words
        reply = {
            **self.edge(step),
            "local": number(step.local),
            "upstream": make_sendable(step.upstream),
            "contribution": make_sendable(step.contribution),
            "sum": make_sendable(step.total),
            "heading": f"Step {place + 1} of {len(self.steps)}",
            "say": words.describe(step),
            "rule": words.rule_line(step.consumer, step.place),
            "plugged": words.plugged_line(step),
        }
        reply |= {f"{line}_math": formula(reply[line]) for line in ("rule", "plugged")}
        if step.operand.shape:
            maps = {part: tone_map(getattr(step, name), self.largest) for part, name in _MAPPED}
            return {**reply, "shown": {"sum": "", "contribution": "", "product": "", "maps": maps}}
        if step.is_of_arrays:
            told = {"sum": show(step.total), "contribution": show(step.contribution)}
            return {**reply, "shown": {**told, "product": told["contribution"]}}
        shown = {"sum": show(step.total), "contribution": show(step.contribution), "product": product(step)}
        return {**reply, "shown": shown}

    def names_for_guess(self, step: Step) -> Known:
        """Return the meaning of names in a guess: gradients are known once all their steps are revealed."""
        done: dict[Value, Any] = {self._words.root: 1.0}
        untold: set[Value] = set()
        for place, earlier in enumerate(self.steps):
            if earlier is step:
                break
            done[earlier.operand] = earlier.total
            if place not in self._told_steps:
                untold.add(earlier.operand)
        return Known(self._nodes, {node: sum_ for node, sum_ in done.items() if node not in untold})

    def judge(self, step: Step, guess: Any) -> tuple[bool, str | None]:
        """Return whether a guess is the step's contribution, and if not a sentence on it.

        Raises:
            ExpressionError: its shape is another one.
        """
        check_shape(guess, step.operand, self._words.name(step.operand))
        return judge(step, guess, self._words)


_MAPPED = (("sum", "total"), ("contribution", "contribution"))
"""What of a step is drawn as a map, and where it has it."""

FEW_DIGITS = 4
"""Beside an edge there is room for so many digits."""


def product(step: Step) -> str:
    """Return the text beside a step's edge: upstream gradient, local derivative, contribution."""
    return f"{show_factors(step, FEW_DIGITS)} = {show(step.contribution, digits=FEW_DIGITS)}"


def show_factors(step: Step, digits: int = 6) -> str:
    """Return upstream gradient times local derivative, in numbers."""
    upstream, local = show(step.upstream, digits=digits), show(step.local, digits=digits)
    return f"{upstream} {TIMES} {bracket_negative(local)}"
