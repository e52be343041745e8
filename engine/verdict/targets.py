"""What is checked: the nodes asked for, what a learner wrote at each, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..errors import NotANodeError, NotANumberError, NotInGraphError
from ..graph import is_node
from ..names import Names
from ..number import finite_or_none
from ..value import Value
from . import entries


class UserGradient(NamedTuple):
    """What a learner wrote at a node.

    Attributes:
        number: the number; for an array an array of its shape, nan where an entry holds no finite number. None where
            nothing can be read as one, or nothing is filled in.
        grad: what stood in its grad; None for not filled in.
        precision: how coarse its type is, see `tolerance.precision_of`.
    """

    number: Any
    grad: Any
    precision: float


class Reference(Mapping[Value, Any]):
    """Gradients by their nodes, as `compare(reference=...)` takes them: floats, arrays for nodes that hold arrays.

    Attributes:
        noise: how far each may itself be off, in the same shapes; nothing where it is exact. `compare` allows for it.
        is_own: whether they are autodiff's, of every node of a graph that has not changed since: then `compare` takes
            them as they are, and computes nothing again.
    """

    def __init__(
        self, gradients: Mapping[Value, Any], noise: Mapping[Value, Any] | None = None, *, is_own: bool = False
    ) -> None:
        self._gradients = dict(gradients)
        self.noise = dict(noise or {})
        self.is_own = is_own

    def __getitem__(self, node: Value) -> Any:
        return self._gradients[node]

    def __iter__(self) -> Iterator[Value]:
        return iter(self._gradients)

    def __len__(self) -> int:
        return len(self._gradients)

    def __repr__(self) -> str:
        return f"Reference({self._gradients!r})"


def as_list(nodes: Any) -> list[Any] | None:
    """Return the nodes asked for as a list.

    A single node is one, and an object array of Values all of its entries.
    """
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


def find_unused(order: list[Value], nodes: list[Any]) -> list[Value]:
    """Return the leaves asked for that the root does not depend on.

    Their gradient is filled in, and rightly 0.
    """
    strangers = dict.fromkeys(node for node in nodes if is_node(node) and node.is_leaf)
    for node in order:
        strangers.pop(node, None)
    return [node for node in strangers if _is_filled_by_hand(node) and _is_zero(node)]


def _is_zero(node: Value) -> bool:
    if not node.shape:
        return finite_or_none(node.grad) == 0.0
    numbers = entries.read_array(node.grad, node.shape)
    return numbers is not None and not numbers.any()


def find_targets(order: list[Value], others: list[Value], nodes: list[Any] | None, root: Value) -> set[Value] | None:
    """Return the nodes asked for; None for all but constants."""
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
