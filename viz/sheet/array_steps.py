"""What a step between arrays passes back, in words: close to what one types for it in NumPy."""

from __future__ import annotations

from typing import Any

from handgrad import Value
from handgrad.number import show

from .notation import SIMPLE, TIMES, bracket, bracket_negative
from .steps import Step

FEW = 6
"""So many entries are shown as numbers."""

_MOVED = {
    "index": "put where the entries were taken from; the others get 0",
    "reshape": "in the shape of before",
    "transpose": "transposed back",
    "broadcast_to": "summed over what was broadcast",
    "concatenate": "of it the part that came from here",
    "stack": "of it the part that came from here",
    "where": "where it was taken from here; the others get 0",
    "copy": "as it is",
}
"""By the operations that only move entries, what becomes of the upstream gradient."""


def say_contribution(operand: Value, consumer: Value, rule: str, name: str) -> str:
    """Return the contribution of a use as an expression in the consumer's gradient, or in words.

    Args:
        rule: the local derivative in the operands' names, "" where the operation states none.
        name: what the consumer is called.
    """
    upstream, op = f"{bracket(name)}.grad", consumer.op
    if "upstream" in rule:
        return rule.replace("upstream", upstream)
    if str(op) in _MOVED:
        return f"{upstream}, {_MOVED[str(op)]}"
    if not rule:
        return f"{upstream}, by the rule of '{op}'"
    product = f"{upstream} {TIMES} {bracket_negative(rule) if SIMPLE.fullmatch(rule) else f'({rule})'}"
    if getattr(op, "scalar", None) is None:
        return f"{product}, for each entry that it was made from"
    return product if operand.shape == consumer.shape else f"{product}, summed over what was broadcast"


def show_numbers(step: Step) -> str:
    """Return the contribution if it is small enough to read, and the sum after several uses."""
    shape = step.operand.shape
    said = f"Its shape is {shape}" if shape else "It is"
    if _is_small(step.contribution):
        said = f"{said}{':' if shape else ''} {_numbers(step.contribution)}"
    if step.uses == 1:
        return f"{said}."
    total = f"the sum so far is {_numbers(step.total)}" if _is_small(step.total) else "contributions add up"
    return f"{said}. Use {step.use} of {step.uses}: {total}."


def _is_small(thing: Any) -> bool:
    return not getattr(thing, "shape", ()) or bool(0 < thing.size <= FEW)


def _numbers(thing: Any) -> str:
    if isinstance(thing, float):
        return show(thing)
    if not isinstance(thing, list):
        thing = thing.tolist()
    return f"[{', '.join(map(_numbers, thing))}]" if isinstance(thing, list) else show(thing)
