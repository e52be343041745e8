"""Run the forward pass again with other numbers; change the graph only if all goes well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handgrad import Value, manual


def recompute(order: Sequence[Value], moved: Mapping[Value, Any]) -> dict[Value, Any]:
    """Return what every node holds that another number reaches, in forward order.

    Nodes of its own hold the new numbers, so that nothing is written, and each operation's own errors say what has no
    value.

    Args:
        order: the graph in topological order.
        moved: the new number, or array, of each node that is moved: a leaf, or a node that no longer follows from its
            operands.

    Raises:
        NotFiniteError: a new number is nan or infinite.
        DomainError: an operation has no finite value for them.
    """
    again: dict[Value, Value] = {}
    with manual():
        for node in order:
            if node in moved:
                again[node] = type(node)(moved[node], node.label)
            elif node.op is not None and any(operand in again for operand in node.operands):
                again[node] = node.op(*[again.get(operand, operand) for operand in node.operands])
                again[node].label = node.label
    return {node: made.data for node, made in again.items()}


def write(numbers: Mapping[Value, Any]) -> list[Value]:
    """Put numbers into their nodes; those that hold another one now."""
    changed = [node for node, data in numbers.items() if not is_same(node.data, data)]
    for node in changed:
        node.data = numbers[node]
    return changed


def is_same(one: Any, other: Any) -> bool:
    """Return whether two numbers, or two arrays, are equal."""
    return bool((one == other).all()) if getattr(one, "shape", ()) else bool(one == other)
