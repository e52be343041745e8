"""Walking a graph: topological order, and who consumes whom.

The words used everywhere (PyTorch's): a *leaf* has no operands; the *root* is where backward
starts; *operands* are the ordered inputs of an operation, *consumers* the nodes that use a node;
*topological order* puts operands first, *backward order* is its reverse.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import NotAValueError

if TYPE_CHECKING:
    from .value import Value

Thing = TypeVar("Thing", bound=Hashable)

# A walk marks the nodes it has met in the nodes themselves (`_visit`), and leaves 0.0 in `_scratch`, for what its user
# notes there: a set and a dict over the graph would double the time of backward. Two walks must therefore not mix, and
# whoever walks holds this lock while it reads its notes.
walking = threading.RLock()


def is_node(thing: Any) -> bool:
    """Return whether `thing` is a node: a Value, or an array of numbers."""
    return getattr(thing, "is_node", False) is True


def topological_order(root: Value) -> list[Value]:
    """Return every node that `root` depends on, operands before their consumers, `root` last.

    Depth first, left operand first, without recursion: the same program gives the same order.

    Raises:
        NotAValueError: `root` is not a node.
    """
    if not is_node(root):
        raise NotAValueError(root)
    with walking:
        met = object()  # a mark that no earlier walk can have left
        order: list[Value] = []
        waiting: dict[Value, Iterator[Value]] = {}
        node = root
        node._visit, node._scratch = met, None
        while True:
            operand = node._first
            while operand is not None and operand._visit is not met:
                operand._visit, operand._scratch = met, node  # the way back up, and no stack to be kept
                node, operand = operand, operand._first
            while True:
                operand = node._second
                if operand is None and node._rest:
                    operand = _next_of_rest(node, met, waiting)
                if operand is not None and operand._visit is not met:
                    break
                order.append(node)  # every operand is placed: this node is next
                above = node._scratch
                node._scratch = 0.0
                if above is None:
                    return order
                node = above
            operand._visit, operand._scratch = met, node
            node = operand


def _next_of_rest(node: Value, met: object, waiting: dict[Value, Iterator[Value]]) -> Value | None:
    """Return the next unvisited operand of a wide operation, going on where the walk left off."""
    for operand in waiting.get(node) or waiting.setdefault(node, iter(node._rest)):
        if operand._visit is not met:
            return operand
    return None


def operands_first(root: Thing, operands_of: Callable[[Thing], Iterable[Thing]]) -> list[Thing]:
    """Return what something that is no node depends on, operands before their consumers, itself last."""
    met, order, path = {root}, list[Thing](), [(root, iter(operands_of(root)))]
    while path:
        thing, waiting = path[-1]
        operand = next((one for one in waiting if one not in met), None)
        if operand is None:
            order.append(thing)
            path.pop()
        else:
            met.add(operand)
            path.append((operand, iter(operands_of(operand))))
    return order


def consumers(order: list[Value]) -> dict[Value, list[tuple[Value, int]]]:
    """Return each node's uses as (consumer, which operand of it), consumers in backward order.

    Args:
        order: a graph in topological order.

    Returns:
        One entry an edge: in `a * a` the node `a` is used twice by one consumer.
    """
    uses: dict[Value, list[tuple[Value, int]]] = {node: [] for node in order}
    for node in reversed(order):
        for place, operand in enumerate(node.operands):
            uses[operand].append((node, place))
    return uses


def zero_grad(root: Value) -> None:
    """Set the grad of each number of the graph to 0.0; in manual mode, and for arrays, to None.

    Raises:
        NotAValueError: `root` is not a node.
    """
    for node in topological_order(root):
        node.grad = node.initial_grad


def subgraph(order: Sequence[Value], chosen: Container[Value]) -> dict[Value, tuple[Value, ...]]:
    """Return the chosen nodes of a graph, each after all that are computed from it, with those it is computed from.

    They are in the order of the expressions, through all that stands between. `order` is the graph's backward order.
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
    return {node: operands[node] for node in _backward(kept, operands, order[0])}


def _backward(kept: list[Value], operands: dict[Value, tuple[Value, ...]], root: Value) -> list[Value]:
    """Order breadth first from the root, a node once all that are computed from it are placed."""
    waiting = Counter(operand for node in kept for operand in operands[node])
    first = [root] if root in kept else operands[root]
    queue = [node for node in dict.fromkeys((*first, *kept)) if not waiting[node]]
    for node in queue:  # it grows as it is walked
        ready = []
        for operand in operands[node]:
            waiting[operand] -= 1
            if not waiting[operand]:
                ready.append(operand)
        # As people write it: in an elementwise step the parameters before the array it goes on with.
        queue += sorted(ready, key=lambda operand: bool(operands[operand]) and operand.shape == node.shape)
    return queue
