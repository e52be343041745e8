"""A kata's own graph on fresh numbers, as a drill."""

from __future__ import annotations

import random
from collections.abc import Iterator

from handgrad import Value, manual
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.names import Names
from handgrad.number import show

from ..course import Kata
from ..drills.drill import Drill, check_drill
from ..drills.shown import WAYS
from ..graphs import NoGraphError, kata_graph

MOST = 12
"""Nodes of a drill: more is no matter of a minute."""
_TRIES = 200
_INFIX = frozenset({"+", "-", "*", "/", "**"})


def fresh_drill(kata: Kata, rng: random.Random) -> Drill | None:
    """Return the graph that the kata's tests judge first, with new numbers; None if unsuitable.

    That is a graph of arrays, a large one, or one with an operation of the kata's own.
    """
    try:
        root = kata_graph(kata).root
    except NoGraphError:
        return None
    order = topological_order(root)
    if any(node.shape or (node.op is not None and node.op.name not in WAYS) for node in order):
        return None
    if sum(not node.is_constant for node in order) > MOST:
        return None
    for _ in range(_TRIES):
        try:
            drill = _rebuild(order, Names(root), rng)
        except (DomainError, OverflowError):
            continue
        if drill is not None:
            return drill
    return None


def _rebuild(order: list[Value], names: Names, rng: random.Random) -> Drill | None:
    letters = _free_names([names[node] for node in order])
    made: dict[Value, Value] = {}
    leaves, steps = [], []
    with manual():
        for node in order:
            if node.is_constant:
                continue
            if node.op is None:
                made[node] = Value(_vary(node.data, rng), node.label or next(letters))
                leaves.append(made[node])
                continue
            operands = [made.get(operand, operand.data) for operand in node.operands]
            made[node] = node.op(*operands)
            made[node].label = node.label or next(letters)
            texts = [each.label if isinstance(each, Value) else show(each) for each in operands]
            steps.append((made[node], write_operation(node.op.name, texts)))
    return check_drill(Drill(tuple(leaves), tuple(steps), ()))


def _vary(number: float, rng: random.Random) -> float:
    """Return another number of that sign, of two digits, half to one and a half times as large."""
    fresh = float(f"{number * rng.uniform(0.5, 1.5):.2g}")
    return fresh if fresh != number else fresh * 1.1


def write_operation(name: str, operands: list[str]) -> str:
    """Return an operation as it is written: "a * b", "tanh(x)"."""
    if name in _INFIX and len(operands) == 2:
        return f" {name} ".join(f"({text})" if text.startswith("-") else text for text in operands)
    return f"{name}({', '.join(operands)})"


def _free_names(names: list[str]) -> Iterator[str]:
    """Yield names for nodes that have none of their own."""
    taken = set(names)
    yield from (letter for letter in "efghkmnpqrstuv" if letter not in taken)
    number = 0
    while True:
        number += 1
        yield f"v{number}"
