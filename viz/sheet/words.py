"""Describe a graph's edges in the learner's names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from handgrad import Value
from handgrad.names import Names
from handgrad.number import one_line, show
from handgrad.slips.messages import in_own_names, letters

from ..label import number_in
from .array_steps import say_contribution, show_numbers
from .notation import SIMPLE, TIMES, bracket, bracket_negative, is_plain
from .steps import Step

LONGEST_RULE = 60
_LETTER = re.compile(r"\b([abxy])\b")


class Words:
    """What is said of a graph's edges."""

    def __init__(self, root: Value, names: Names) -> None:
        self.root, self._names = root, names

    def name(self, node: Value) -> str:
        """Return its label or its expression, never an invented name such as "+25"."""
        return one_line(self._names.phrase(node)) or "constant"

    def key(self, node: Value) -> str:
        """Return its name in messages: the one in `compare`'s table, which may be invented."""
        return one_line(self._names[node] or self._names.phrase(node)) or "constant"

    def derivative(self, of: Value, by: Value) -> str:
        """Return dL/da, with brackets where a name is an expression."""
        return "/".join(f"d{name if is_plain(name) else f'({name})'}" for name in map(self.name, (of, by)))

    def rule(self, consumer: Value, place: int) -> str:
        """Return the local derivative as a rule in the operands' names; "" if the operation has none."""
        return self._fill_in(consumer, place, self.name)

    def plug_in(self, consumer: Value, place: int) -> str:
        """Return the rule with numbers for the names."""
        return self._fill_in(consumer, place, lambda node: show(node.data) if not node.shape else self.name(node))

    def _fill_in(self, consumer: Value, place: int, say: Callable[[Value], str]) -> str:
        assert consumer.op is not None
        rules, operands = consumer.op.rule, consumer.operands
        if len(rules) != len(operands):
            return ""
        is_power = consumer.op.name == "**"
        template = (is_power and _power_rule(operands, place)) or _LETTER.sub(r"{\1}", rules[place])
        said = in_own_names(template, letters(say(consumer), [say(operand) for operand in operands]))
        said = said.replace("^T", ".T")  # as NumPy has it
        return said if len(said) <= LONGEST_RULE else ""

    def describe(self, step: Step) -> str:
        """Return the sentence of a step: "d gets L.grad x dL/dd = 1 x f = -2"."""
        operand, consumer = self.name(step.operand), self.name(step.consumer)
        rule = self.rule(step.consumer, step.place)
        if step.is_of_arrays:
            return (
                f"{operand} gets {say_contribution(step.operand, step.consumer, rule, consumer)}. {show_numbers(step)}"
            )
        formula = f"{operand} gets {bracket(consumer)}.grad {TIMES} {self.derivative(step.consumer, step.operand)}"
        local = bracket_negative(show(step.local))
        is_short = bool(SIMPLE.fullmatch(rule)) and number_in(rule) is None
        factor = rule if is_short else local
        said = f"{formula} = {show(step.upstream)} {TIMES} {factor} = {show(step.contribution)}"
        if step.uses == 1:
            return f"{said}."
        if step.use == 1:
            return (
                f"{said}. {operand} is used {step.uses} times, this is the first: the sum so far is {show(step.total)}."
            )
        end = "which is the whole sum" if step.use == step.uses else "so far"
        return f"{said}. Use {step.use} of {step.uses}: {_sum(step.total, step.contribution)}, {end}."

    def rule_line(self, consumer: Value, place: int) -> str:
        """Return the rule, "dL/dd = f"; if it holds the upstream gradient, the contribution."""
        operand, rule = consumer.operands[place], self.rule(consumer, place)
        if "upstream" in rule:
            return say_contribution(operand, consumer, rule, self.name(consumer))
        return f"{self.derivative(consumer, operand)} = {rule}" if rule else ""

    def plugged_line(self, step: Step) -> str:
        """Return the rule with numbers: "dL/dd = -2", or "dL/dd = 1 - tanh(0.5)^2 = 0.786"."""
        if step.is_of_arrays:
            return ""
        plugged, local = self.plug_in(step.consumer, step.place), show(step.local)
        left = self.derivative(step.consumer, step.operand)
        return f"{left} = {plugged} = {local}" if plugged and plugged != local else f"{left} = {local}"

    def start(self) -> str:
        name = self.name(self.root)
        return f"Start: {bracket(name)}.grad = {self.derivative(self.root, self.root)} = 1."

    def question(self, step: Step, known: Any = None) -> str:
        """Return the question to a learner who predicts; `known` is the consumer's gradient if revealed."""
        operand, consumer = self.name(step.operand), self.name(step.consumer)
        use = f" (use {step.use} of {step.uses})" if step.uses > 1 else ""
        is_told = isinstance(known, float)
        upstream = f", where {bracket(consumer)}.grad = {show(known)}" if is_told else ""
        return f"What does {operand} get from {consumer}{use}{upstream}?"


def _sum(total: float, added: float) -> str:
    """Return how a running sum grows, in as many digits as add up on the screen."""
    before, is_shown = total - added, show(total)
    for digits in (6, 7, 8, 9):
        first, second = show(before, digits=digits), show(added, digits=digits)
        if show(float(first) + float(second)) == is_shown:
            break
    return f"{first} + {bracket_negative(second)} = {is_shown}"


def _power_rule(operands: Sequence[Value], place: int) -> str:
    """Return the rule of a power with a constant exponent, simplified: 3*x^2, not 3*x^(3-1)."""
    if place or len(operands) != 2 or not operands[1].is_constant or operands[1].shape:
        return ""
    exponent = operands[1].data
    by = "{a}" if exponent == 2.0 else f"{{a}}^{exponent - 1.0:g}" if exponent > 1.0 else f"{{a}}^({exponent - 1.0:g})"
    return f"{exponent:g}*{by}" if exponent not in (0.0, 1.0) else f"{exponent:g}"
