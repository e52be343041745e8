"""The backward pass on a sheet: what of it has been told, and what is guessed before it is."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from handgrad import Status, Value
from handgrad.number import show

from .expression import ExpressionError
from .graph import Drawn
from .known import Known, check_shape
from .sendable import number, sendable
from .steps import TIMES, Step, Words, backward_steps, guess_slip, judged_guess

Message = dict[str, Any]

END = "That is the whole pass: every use has passed its share back, and each node's gradient is their sum."


class Walk:
    """The pass over what a sheet shows.

    Args:
        nodes: the graph's nodes by name.
    """

    def __init__(self, drawn: Drawn, words: Words, nodes: dict[str, Value]) -> None:
        self._drawn, self._words, self._nodes = drawn, words, nodes
        self._told_steps: set[int] = set()

    def forget(self) -> None:
        """Start anew: nothing has been told."""
        self._told_steps.clear()

    @cached_property
    def steps(self) -> list[Step]:
        """The steps into what is shown."""
        return backward_steps(self._words.root, self._drawn.ids)

    def edge(self, step: Step) -> Message:
        """A step without its numbers."""
        edge = self._edge_keys.get((step.operand, step.consumer, step.place))
        return {
            "operand": self._drawn.ids[step.operand],
            "consumer": self._drawn.ids.get(step.consumer, self._words.name(step.consumer)),
            "edge": edge,
            "use": step.use,
            "uses": step.uses,
            "label": f"contribution to {self._words.name(step.operand)} from {self._words.name(step.consumer)}",
            "ask": self._words.rule_line(step) and self._words.derivative(step.consumer, step.operand),
        }

    @cached_property
    def _edge_keys(self) -> dict[tuple[Value, Value | None, int], str]:
        found = {(edge.operand, edge.consumer, edge.place): edge.key for edge in self._drawn.edges}
        return found

    def told(self, place: int) -> Message:
        """A step with its numbers and in words: from here on they are known."""
        step = self.steps[place]
        self._told_steps.add(place)
        words = self._words
        reply = {
            **self.edge(step),
            "local": number(step.local),
            "upstream": sendable(step.upstream),
            "contribution": sendable(step.contribution),
            "sum": sendable(step.total),
            "heading": f"Step {place + 1} of {len(self.steps)}",
            "say": words.told(step),
            "rule": words.rule_line(step),
            "plugged": words.plugged_line(step),
        }
        if step.is_of_arrays:
            short = "array" if step.operand.shape else show(step.total)
            return {**reply, "shown": {"sum": short, "contribution": short, "product": ""}}
        shown = {"sum": show(step.total), "contribution": show(step.contribution), "product": product(step)}
        return {**reply, "shown": shown}

    def known_to(self, step: Step) -> Known:
        """What the names mean in a guess: a gradient is what the steps before have told, once all of them have."""
        done: dict[Value, Any] = {self._words.root: 1.0}
        untold: set[Value] = set()
        for place, earlier in enumerate(self.steps):
            if earlier is step:
                break
            done[earlier.operand] = earlier.total
            if place not in self._told_steps:
                untold.add(earlier.operand)
        return Known(self._nodes, {node: sum_ for node, sum_ in done.items() if node not in untold})

    def judged(self, step: Step, guess: Any) -> tuple[bool, str | None]:
        """Whether a guess is the step's contribution, and if not what is to be said of it.

        Raises:
            ExpressionError: its shape is another one.
        """
        if step.is_of_arrays:
            return _array_guess(step, guess, self._words)
        if not isinstance(guess, float):
            raise ExpressionError("That is an array, and a number is asked for.", "")
        result = judged_guess(step, guess, self._words)
        is_right = result.status is Status.CORRECT
        return is_right, None if is_right else guess_slip(step, result, self._words)


def _array_guess(step: Step, guess: Any, words: Words) -> tuple[bool, str | None]:
    check_shape(guess, step.operand, words.name(step.operand))
    off, size = abs(guess - step.contribution), abs(step.contribution)
    is_right = bool((off <= 1e-6 * size + 1e-9).all() if step.operand.shape else off <= 1e-6 * size + 1e-9)
    if is_right:
        return True, None
    return False, f"{words.name(step.operand)}: the shape fits, the numbers do not. {words.rule_line(step)}".strip()


FEW_DIGITS = 4
"""Beside an edge there is room for so many digits."""


def product(step: Step) -> str:
    """What stands beside the edge of a step: upstream gradient, local derivative and contribution."""
    return f"{in_brackets(step, FEW_DIGITS)} = {show(step.contribution, digits=FEW_DIGITS)}"


def in_brackets(step: Step, digits: int = 6) -> str:
    """Upstream gradient times local derivative, in numbers."""
    upstream, local = show(step.upstream, digits=digits), show(step.local, digits=digits)
    local = f"({local})" if local.startswith("-") else local
    return f"{upstream} {TIMES} {local}"
