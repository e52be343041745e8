"""The graph of chosen nodes alone: which of them is computed from which, through all that stands between."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..value import Value


class Subgraph(NamedTuple):
    """A graph of chosen nodes.

    Attributes:
        backward_order: the nodes, each after all that are computed from it.
        operands: of each node, and of the root, the chosen ones it is computed from, in the order of the expressions.
    """

    backward_order: tuple[Value, ...]
    operands: dict[Value, tuple[Value, ...]]


def subgraph(order: Sequence[Value], chosen: Container[Value]) -> Subgraph:
    """Return the graph of some of the nodes.

    Args:
        order: the whole graph in backward order.
        chosen: the nodes that are kept.
    """
    # What a node shows to its consumers: itself, or what is behind it.
    shown: dict[Value, dict[Value, None]] = {}
    operands: dict[Value, tuple[Value, ...]] = {}
    for node in reversed(order):
        behind: dict[Value, None] = {}
        for operand in node.operands:
            behind.update(shown[operand])
        if node in chosen or node is order[0]:
            operands[node] = tuple(behind)
        shown[node] = {node: None} if node in chosen else behind
    kept = [node for node in order if node in chosen]
    return Subgraph(_backward(kept, operands, order[0]), operands)


def _backward(kept: list[Value], operands: dict[Value, tuple[Value, ...]], root: Value) -> tuple[Value, ...]:
    """Order breadth first from the root, a node once all that are computed from it are placed."""
    waiting = dict.fromkeys(kept, 0)
    for node in kept:
        for operand in operands[node]:
            waiting[operand] += 1
    queue = [
        node for node in dict.fromkeys((*([root] if root in waiting else operands[root]), *kept)) if not waiting[node]
    ]
    placed: dict[Value, None] = {}
    for node in queue:  # it grows as it is walked
        placed[node] = None
        ready = []
        for operand in operands[node]:
            waiting[operand] -= 1
            if not waiting[operand]:
                ready.append(operand)
        # As people write it: in an elementwise step the parameters before the array it goes on with.
        queue += sorted(ready, key=lambda operand: bool(operands[operand]) and operand.shape == node.shape)
    return tuple(placed)
