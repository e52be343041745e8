"""A constant that is applied once, at the leaves: a convention of many courses, and no mistake.

Where the loss is a mean over m examples, some write the gradients of every interior node without the 1/m and divide
by m only at the parameters. Each interior node is then off by m, and every parameter right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from ..number import whole_numbers_of
from ..value import Value
from . import late
from .status import Status

LARGEST = 1_000_000
NEARLY = 1e-6
"""How exactly every interior node must be off by one factor, as a share of it."""


class Convention(NamedTuple):
    """What is off by one factor, though every leaf is right.

    Attributes:
        places: of the interior nodes, in the backward order.
        factor: a whole number from 2 on: how many times the true gradient they hold.
    """

    places: tuple[int, ...]
    factor: int


def convention(
    order: Sequence[Value], numbers: Mapping[int, Any], expected: Sequence[Any], statuses: Sequence[Any]
) -> Convention | None:
    """The convention that a comparison follows, None for none.

    Args:
        order: the nodes in backward order.
        numbers: what was filled in at the nodes asked for, by their places; without those that hold no numbers.
        expected: the true gradients.
        statuses: the verdicts, as of `Comparison`.
    """
    leaves = [place for place in numbers if order[place].is_leaf]
    interior = [place for place in numbers if place and not order[place].is_leaf and _size(expected[place])]
    if not any(_size(expected[place]) for place in leaves) or not all(_is_right(statuses[place]) for place in leaves):
        return None
    if not interior or any(_is_right(statuses[place]) for place in interior):
        return None
    factor = round(_ratio(numbers[interior[0]], expected[interior[0]]))
    if not 2 <= factor <= LARGEST or factor not in counts(order):
        return None
    # One node alone may be off by chance; not so an array that has a row for each of the examples.
    if len(interior) == 1 and factor not in order[interior[0]].shape:
        return None
    if any(_size(numbers[place] - factor * expected[place]) > NEARLY * _size(numbers[place]) for place in interior):
        return None
    return Convention(tuple(interior), factor)


def _is_right(status: Any) -> bool:
    whole = status if isinstance(status, Status) else late.entries().gravest(status)
    return whole is Status.CORRECT


def _size(numbers: Any) -> float:
    return abs(numbers) if isinstance(numbers, float) else float(abs(numbers).max(initial=0.0))


def _ratio(numbers: Any, expected: Any) -> float:
    if isinstance(numbers, float):
        return numbers / expected
    ratio = float((numbers * expected).sum() / (expected * expected).sum())
    return ratio if abs(ratio) < 2.0 * LARGEST else 0.0


def counts(order: Sequence[Value]) -> set[int]:
    """What a mean of the graph is taken over: of `mean` itself, or as a factor 1/n or a division by n."""
    found: set[int] = set()
    for node in order:
        name = "" if node.op is None else node.op.name
        if name == "mean":
            found.add(prod(node.operands[0].shape) // max(prod(node.shape), 1))
        elif name in ("*", "/"):
            for factor in node.operands:
                if factor.is_constant and not factor.shape:
                    found |= whole_numbers_of(factor.data)
    return found
