"""Which nodes are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import NotANodeError, NotANumberError, NotInGraphError
from ..graph import is_node
from ..names import Names
from ..number import finite_or_none
from ..value import Value
from . import late


def listed(nodes: Any) -> list[Any] | None:
    """The nodes asked for as a list; a single node is one, and an object array of Values all of its entries."""
    if nodes is None:
        return None
    if is_node(nodes):
        return [nodes]
    if not isinstance(nodes, Iterable):
        raise NotANumberError(nodes, "compare(nodes=...)", "Give a list of nodes.")
    listed: list[Any] = []
    for thing in nodes:
        is_array_of_values = not is_node(thing) and getattr(getattr(thing, "dtype", None), "kind", "") == "O"
        listed.extend(thing.ravel().tolist() if is_array_of_values else [thing])
    return listed


def unused_of(order: list[Value], nodes: list[Any]) -> list[Value]:
    """The leaves asked for that the root does not depend on, and whose gradient is filled in and rightly 0."""
    strangers = dict.fromkeys(node for node in nodes if is_node(node) and node.is_leaf)
    for node in order:
        strangers.pop(node, None)
    return [node for node in strangers if _is_filled_by_hand(node) and _is_zero(node)]


def _is_zero(node: Value) -> bool:
    if not node.shape:
        return finite_or_none(node.grad) == 0.0
    numbers = late.entries().read_array(node.grad, node.shape)
    return numbers is not None and not numbers.any()


def asked_of(order: list[Value], others: list[Value], nodes: list[Any] | None, root: Value) -> set[Value] | None:
    """The nodes asked for; None for all but constants."""
    if nodes is None:
        if not has_labels(others):
            return None
        return {node for node in order if not node.is_constant and (node.label or _is_filled_by_hand(node))}
    asked: set[Value] = set()
    for node in nodes:
        if not is_node(node):
            raise NotANodeError(node, "compare(nodes=[{}])")
        asked.add(node)
    strangers = asked.difference(order)
    if strangers:
        names = Names(root)
        raise NotInGraphError(names[strangers.pop()], names[root], "compare(nodes=...)")
    return asked


def has_labels(others: list[Value]) -> bool:
    return any(node.label and node.shape for node in others)


def _is_filled_by_hand(node: Value) -> bool:
    return node.is_manual and node.grad is not None
