"""Random small graphs to practise on; the same generator gives the same drills."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from dataclasses import dataclass

from handgrad import Value, gradients, manual
from handgrad.errors import DomainError

from .shown import slacks

LEVELS = {
    1: "one operation",
    2: "a chain",
    3: "values used twice",
    4: "functions too",
}
ARRAY_LEVELS = {
    5: "arrays, entry by entry",
    6: "broadcast and sum",
    7: "product and transpose",
    8: "mean and its n",
    9: "softmax by rows",
    10: "max and index",
    11: "two of them in a chain",
}
"""The levels whose graphs are of arrays."""
_LEAVES = (3, 4, 5, 6, 7, -3, -4, -5, -6, -7)
_SMALL_LEAVES = (0.5, 1.5, 2.5, 3, -0.5, -1.5, -2.5, -3)
LOOSEST = 1e-4
"""How far off, as a share of a gradient, an answer may be that is computed from the numbers on the screen."""
_INFIX: dict[str, Callable[[Value, Value], Value]] = {
    "*": operator.mul,
    "+": operator.add,
    "-": operator.sub,
    "/": operator.truediv,
}
_CALLS: dict[str, Callable[[Value], Value]] = {
    "tanh": Value.tanh,
    "exp": Value.exp,
    "relu": Value.relu,
    "sigmoid": Value.sigmoid,
}


@dataclass(frozen=True)
class Drill:
    """A graph in manual mode, whose gradients are asked for.

    Attributes:
        leaves: the numbers it starts from.
        steps: each other node, with how it was made, "a * b"; the root last.
        asked: the nodes to ask for, in backward order, the root left out.
    """

    leaves: tuple[Value, ...]
    steps: tuple[tuple[Value, str], ...]
    asked: tuple[Value, ...]

    @property
    def root(self) -> Value:
        return self.steps[-1][0]

    @property
    def backward_order(self) -> tuple[Value, ...]:
        """The root and what is asked for: all but the constants."""
        return self.root, *self.asked


def make_drill(rng: random.Random, level: int) -> Drill:
    """Return the next drill of a level (a key of `LEVELS`)."""
    while True:
        try:
            drill = _attempt(rng, level)
        except DomainError:  # a division by 0, say
            continue
        if drill is not None:
            return drill


def _attempt(rng: random.Random, level: int) -> Drill | None:
    """Return a random graph; None where its numbers make a bad exercise."""
    count = {1: 1, 2: rng.randint(2, 3), 3: 3, 4: rng.randint(3, 4)}[level]
    pool = _SMALL_LEAVES if level == 4 else _LEAVES
    numbers = rng.sample(pool, 2 if level in (1, 3) else min(count + 1, 3))
    if len({abs(number) for number in numbers}) < len(numbers):
        return None
    names = iter("efghk")
    with manual():
        leaves = tuple(Value(number, name) for number, name in zip(numbers, "abc"))
        unused, used = list(leaves), list[Value]()
        steps: list[tuple[Value, str]] = []
        for place in range(count):
            is_last = place == count - 1
            made = _step(rng, unused, used, level, is_last)
            if made is None:
                return None
            node, text = made
            node.label = "L" if is_last else next(names)
            steps.append((node, text))
            unused.append(node)
    if unused != [steps[-1][0]] or (level == 3 and not _has_reuse(steps)):
        return None
    return check_drill(Drill(leaves, tuple(steps), ()))


def _step(
    rng: random.Random, unused: list[Value], used: list[Value], level: int, is_last: bool
) -> tuple[Value, str] | None:
    """Return one operation on nodes of the drill."""

    def take(may_reuse: bool) -> Value | None:
        if may_reuse and used and rng.random() < (0.5 if level >= 3 else 0.0):
            return rng.choice(used)
        if not unused:
            return None
        node = unused.pop(rng.randrange(len(unused)))
        used.append(node)
        return node

    first = take(False)
    if first is None:
        return None
    if level == 4 and not is_last and rng.random() < 0.5:
        name = rng.choice(list(_CALLS))
        return _CALLS[name](first), f"{name}({first.label})"
    if rng.random() < 0.15:
        power = rng.choice((2, 3))
        return first**power, f"{first.label} ** {power}"
    second = take(True)
    if second is None or second is first:
        return None
    symbol = rng.choice("***++-/")
    return _INFIX[symbol](first, second), f"{first.label} {symbol} {second.label}"


def _has_reuse(steps: list[tuple[Value, str]]) -> bool:
    operands = [operand for node, _ in steps for operand in node.operands if not operand.is_constant]
    return len(set(operands)) < len(operands)


def check_drill(drill: Drill) -> Drill | None:
    """Return the drill with what it asks for; None if a number is too small, large or coarse."""
    found = gradients(drill.root)
    nodes = [node for node in found if not node.is_constant]
    sizes = [abs(node.data) for node in nodes] + [abs(found[node]) for node in nodes]
    if any(not 0.02 <= size <= 250.0 for size in sizes):
        return None
    if any(slack > LOOSEST * abs(found[node]) for node, slack in slacks(nodes, found).items()):
        return None
    return Drill(drill.leaves, drill.steps, tuple(node for node in nodes if node is not drill.root))
