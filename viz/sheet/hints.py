"""What to think of at a node whose gradient is to be filled in, a level at a time."""

from __future__ import annotations

from collections.abc import Sequence

from handgrad import Value
from handgrad.names import listed

from .array_steps import say_contribution
from .notation import SIMPLE, TIMES, bracket
from .words import Words

MOST_USES = 6
"""The rules and the formula are written out for so many uses; the names of all are cut by `listed`."""


def hints(node: Value, uses: Sequence[tuple[Value, int]], words: Words) -> list[str]:
    """Return hints on a node, a level at a time; the last is the formula, never its number."""
    name = words.name(node)
    if node is words.root:
        return [
            f"{name} is where the pass starts. How much does {name} change when {name} changes by 1?",
            f"{words.derivative(node, node)} is the same for every graph.",
        ]
    if not uses:
        return [f"Nothing on the graph uses {name}."]
    shown, rest = uses[:MOST_USES], len(uses) - MOST_USES
    places = listed(f"{words.name(consumer)} (by '{consumer.op}')" for consumer, _ in uses)
    many = "" if len(uses) == 1 else f" Each of the {len(uses)} uses passes something back, and that adds up."
    shape = f" The gradient has the shape of {name}, {node.shape}." if node.shape else ""
    rules = [
        words.rule_line(consumer, place) or f"{words.derivative(consumer, node)} is the slope of '{consumer.op}'"
        for consumer, place in shown
    ]
    more = " + ..." if rest > 0 else ""
    return [
        f"{name} is used in {places}. What comes back is the upstream gradient times the local derivative."
        f"{many}{shape}",
        f"The local derivative: {'; '.join(rules)}.",
        f"{bracket(name)}.grad = {' + '.join(_term(consumer, place, words) for consumer, place in shown)}{more}",
    ]


def _term(consumer: Value, place: int, words: Words) -> str:
    operand, rule = consumer.operands[place], words.rule(consumer, place)
    if operand.shape or consumer.shape:
        return say_contribution(operand, consumer, rule, words.name(consumer))
    factor = rule if SIMPLE.fullmatch(rule) else f"({rule or words.derivative(consumer, operand)})"
    return f"{bracket(words.name(consumer))}.grad {TIMES} {factor}"
