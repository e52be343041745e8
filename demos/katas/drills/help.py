"""Help with one gradient of a drill, a level at a time: where the node is used, the rule, all but the last step."""

from __future__ import annotations

from typing import NamedTuple

from handgrad import Value
from handgrad.number import show

from .drill import Drill

RULES: dict[str, tuple[str, ...]] = {
    "+": ("1: a sum moves one for one with each of its terms",) * 2,
    "-": (
        "1: a difference moves one for one with what it starts from",
        "-1: as what is taken away grows, the difference falls as much",
    ),
    "*": ("the other factor",) * 2,
    "/": ("1 over the denominator", "minus the numerator over the denominator squared"),
    "**": ("the exponent, times the base with an exponent one less",),
    "exp": ("the output itself",),
    "tanh": ("1 minus the output squared",),
    "sigmoid": ("the output times 1 minus the output",),
    "relu": ("1 where the input is above 0, else 0",),
}
"""Each operation's local derivative by each operand, in words."""


class Use(NamedTuple):
    """One place where a node is used: `text` is how its consumer is made there, `place` which operand it is."""

    consumer: Value
    text: str
    place: int


def help_with(drill: Drill, node: Value) -> tuple[list[str], ...]:
    """Return the levels of help, each a list of sentences; none tells the gradient.

    The grads of the node's consumers are filled in.
    """
    uses = [
        Use(made, text, place)
        for made, text in reversed(drill.steps)
        for place, operand in enumerate(made.operands)
        if operand is node
    ]
    return [_list_uses(node, uses)], _rules(uses), [_all_but_the_last_step(node, uses)]


def _list_uses(node: Value, uses: list[Use]) -> str:
    places = " and in ".join(f"{use.consumer.label} = {use.text}" for use in uses)
    if len(uses) == 1:
        return f"{node.label} is used in {places}: upstream gradient times local derivative."
    return f"{node.label} is used in {places}: each use passes something back, and that adds up."


def _rules(uses: list[Use]) -> list[str]:
    return [
        f"Through {use.consumer.label} = {use.text}: the upstream gradient is {use.consumer.label}.grad, the local "
        f"derivative is {RULES[str(use.consumer.op)][use.place]}."
        for use in uses
    ]


def _all_but_the_last_step(node: Value, uses: list[Use]) -> str:
    terms = [f"{factor(show(use.consumer.grad))} * {factor(_local_in_numbers(use))}" for use in uses]
    return f"All but the last step, in numbers: {node.label}.grad = {' + '.join(terms)}"


def _local_in_numbers(use: Use) -> str:
    """Return the local derivative as computed from the screen."""
    output, place = show(use.consumer.data), use.place
    numbers = [show(operand.data) for operand in use.consumer.operands]
    match str(use.consumer.op):
        case "*":
            return numbers[1 - place]
        case "/":
            return f"1/{_base(numbers[1])}" if place == 0 else f"-{factor(numbers[0])}/{_base(numbers[1])}**2"
        case "**":
            power = _base(numbers[0]) if numbers[1] == "2" else f"{_base(numbers[0])}**{float(numbers[1]) - 1.0:g}"
            return f"{numbers[1]}*{power}"
        case "exp":
            return output
        case "tanh":
            return f"1 - {_base(output)}**2"
        case "sigmoid":
            return f"{output}*(1 - {output})"
        case "relu":
            return "1" if use.consumer.operands[0].data > 0.0 else "0"
        case "-":
            return "1" if place == 0 else "-1"
        case _:
            return "1"


def _base(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def factor(expression: str) -> str:
    """Bracket an expression that could be misread as a factor."""
    return expression if expression.replace(".", "").isalnum() else f"({expression})"
