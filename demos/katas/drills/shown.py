"""What the numbers on the screen determine: they have six digits, and a right answer may come from them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

from handgrad import Value
from handgrad.local import local_derivatives
from handgrad.number import show
from handgrad.ops import sigmoid
from handgrad.verdict.rounding import half_a_digit

Way = Callable[..., tuple[float, ...]]

WAYS: dict[str, tuple[Way, ...]] = {
    "+": (lambda a, b, y: (1.0, 1.0),),
    "-": (lambda a, b, y: (1.0, -1.0),),
    "*": (lambda a, b, y: (b, a), lambda a, b, y: (y / a, y / b)),
    "/": (lambda a, b, y: (1.0 / b, -a / b**2), lambda a, b, y: (y / a, -y / b)),
    "**": (lambda a, n, y: (n * a ** (n - 1.0),), lambda a, n, y: (n * y / a,)),
    "exp": (lambda x, y: (y,), lambda x, y: (math.exp(x),)),
    "tanh": (lambda x, y: (1.0 - y**2,), lambda x, y: (1.0 - math.tanh(x) ** 2,)),
    "sigmoid": (lambda x, y: (y * (1.0 - y),), lambda x, y: (sigmoid(x) * (1.0 - sigmoid(x)),)),
    "relu": (lambda x, y: (float(x > 0.0),), lambda x, y: (float(y > 0.0),)),
}
"""For each operation of a drill, the formulas that a person may take for its local derivatives: given the operands'
numbers and then the output's, one number an operand, that of a constant exponent left out."""


def round_as_shown(number: float) -> float:
    """Return a number as it is shown."""
    return float(show(number))


def is_right(number: float, truth: float, slack: float) -> bool:
    """Return whether a number is right within `slack`, or correctly rounded from such a one."""
    if number == 0.0:
        return abs(truth) <= slack
    return abs(number - truth) <= half_a_digit(number, truth) * (1.0 + 1e-9) + slack + 1e-12 * abs(truth)


def slacks(order: Sequence[Value], truth: Mapping[Value, float]) -> dict[Value, float]:
    """Return how far a gradient computed correctly from the screen may be off.

    Args:
        order: the nodes in backward order, without constants; a grad that is filled in was accepted.
        truth: the true gradients.
    """
    data = _data_errors(order)
    found = dict.fromkeys(order, 0.0)
    for node in order:
        # What is told of a right gradient has six digits, too, and an accepted one may be rounded.
        told = [round_as_shown(truth[node])] if node.grad is None else [round_as_shown(truth[node]), node.grad]
        off = max(found[node], *(abs(number - truth[node]) for number in told)) if node is not order[0] else 0.0
        errors = _local_errors(node, data)
        for operand, local, error in zip(node.operands, local_derivatives(node), errors):
            if not operand.is_constant:
                found[operand] += off * abs(local) + (abs(truth[node]) + off) * error
    return found


def _data_errors(order: Sequence[Value]) -> dict[Value, float]:
    """Return how far a node's number may be off: as shown, or recomputed from the shown ones."""
    errors: dict[Value, float] = {}
    for node in reversed(order):
        off = abs(round_as_shown(node.data) - node.data)
        if node.op is not None:
            forward = node.op.forward
            off = max(off, *(abs(forward(*numbers) - node.data) for numbers in _corners(node.operands, errors)))
        errors[node] = off
    return errors


def _local_errors(node: Value, data: Mapping[Value, float]) -> list[float]:
    """Return for each operand how far its local derivative may be off, by any formula."""
    if node.op is None:
        return []
    right = local_derivatives(node)
    errors = [0.0] * len(right)
    for numbers in _corners((*node.operands, node), data):
        for way in WAYS[node.op.name]:
            for place, local in enumerate(way(*numbers)):
                errors[place] = max(errors[place], abs(local - right[place]))
    return errors


def _corners(nodes: Sequence[Value], errors: Mapping[Value, float]) -> list[tuple[float, ...]]:
    """Return the nodes' numbers, each at both ends of its error."""
    ends = [{node.data - errors.get(node, 0.0), node.data + errors.get(node, 0.0)} for node in nodes]
    return list(itertools.product(*ends))
