"""The rows of single numbers that a softmax is taken of, found in a graph however it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .neighborhood import Neighborhood

if TYPE_CHECKING:
    from ..value import Value

MOST_CLASSES = 300
"""So many logits as single numbers are looked for."""
LARGEST_BATCH = 10_000
"""Rows; of numbers, nodes of a graph in which the other rows are looked for."""


def row_of(region: Neighborhood) -> list[Value] | None:
    """Return the logits that a softmax is taken of with the region's node, where it is one."""
    for use in region.uses:
        if use.operand is region.node and str(use.consumer.op) == "cross_entropy":
            return [*use.consumer.operands]
        exp = _exp_of(region, use.consumer)
        if exp is None or _logit_of(exp) is not region.node:
            continue
        # Who has the gradient of a step that they have named goes step by step, and slips as one does there.
        if any(step.label and step in region.sources for step in (use.consumer, exp)):
            return None
        row = _summed_with(region, exp)
        return row if row and region.node in row else None
    return None


def _exp_of(region: Neighborhood, consumer: Value) -> Value | None:
    """Return the exp that a consumer is, or that a logit goes into when a number is subtracted from it."""
    if str(consumer.op) == "exp":
        return consumer
    if str(consumer.op) != "-" or not consumer.operands[1].is_constant:
        return None
    return next((above for above, _ in region.comparison.uses[consumer] if str(above.op) == "exp"), None)


def _logit_of(exp: Value) -> Value:
    """Return what an exp is taken of, but for a number that is subtracted from it."""
    (inside,) = exp.operands
    is_shifted = str(inside.op) == "-" and inside.operands[1].is_constant
    return inside.operands[0] if is_shifted else inside


def _summed_with(region: Neighborhood, exp: Value) -> list[Value] | None:
    """Return the logits of all exps in the sum that an exp goes into."""
    top = exp
    while True:
        above = [consumer for consumer, _ in region.comparison.uses[top] if str(consumer.op) in ("+", "sum")]
        if not above:
            break
        top = above[0]
    found: list[Value] = []
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if str(node.op) == "exp":
            found.append(_logit_of(node))
        elif str(node.op) in ("+", "sum"):
            waiting += node.operands
        elif not (node.is_constant and node.data == 0.0):
            return None
        if len(found) > MOST_CLASSES:
            return None
    return found[::-1] if len(set(found)) == len(found) else None


def rows_of(region: Neighborhood) -> list[list[Value]]:
    """Return every row of logits in the graph."""
    if len(region.comparison.places) > LARGEST_BATCH:
        return []
    found: list[list[Value]] = []
    met: set[Value] = set()
    for node in region.comparison.places:
        if str(node.op) == "cross_entropy":
            found.append([*node.operands])
        elif str(node.op) == "exp" and _logit_of(node) not in met:
            row = _summed_with(region, node) or [_logit_of(node)]
            met.update(row)
            found += [row] if len(row) > 1 else []
    return found
