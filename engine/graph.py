"""Walking a graph: topological order, and who consumes whom.

The words used everywhere (PyTorch's): a *leaf* has no operands; the *root* is where backward
starts; *operands* are the ordered inputs of an operation, *consumers* the nodes that use a node;
*topological order* puts operands first, *backward order* is its reverse.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .errors import NotAValueError

if TYPE_CHECKING:
    from .value import Value

# A walk marks the nodes it has met in the nodes themselves (`_visit`, and `_scratch` for what the
# walk's user notes there): a set and a dict over the graph would double the time of backward. Two
# walks must therefore not mix, and whoever walks holds this lock while it reads its notes.
walking = threading.RLock()


def topological_order(root: Value) -> list[Value]:
    """Every node that `root` depends on, operands before their consumers, `root` last.

    Depth first, left operand first, without recursion: the same program gives the same order.

    Raises:
        NotAValueError: `root` is not a Value.
    """
    if not hasattr(root, "_rest"):
        raise NotAValueError(root)
    with walking:
        met = object()  # a mark that no earlier walk can have left
        order: list[Value] = []
        waiting: dict[Value, Iterator[Value]] = {}
        stack = [root]
        root._visit = met
        node = root
        while True:
            first = node._first
            if first is not None and first._visit is not met:
                next_operand = first
            else:
                second = node._second
                if second is not None and second._visit is not met:
                    next_operand = second
                else:
                    rest: Iterable[Value] = node._rest
                    if rest:  # a wide operation is left off where it was, not looked through again
                        rest = waiting.setdefault(node, iter(rest))
                    for next_operand in rest:
                        if next_operand._visit is not met:
                            break
                    else:  # every operand is placed: this node is next
                        order.append(stack.pop())
                        if not stack:
                            break
                        node = stack[-1]
                        continue
            next_operand._visit = met
            stack.append(next_operand)
            node = next_operand
    return order


def consumers(order: list[Value]) -> dict[Value, list[tuple[Value, int]]]:
    """Each node's uses as (consumer, which operand of it), consumers in backward order.

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
    """Set the grad of every node of the graph to 0.0, in manual mode to None.

    Raises:
        NotAValueError: `root` is not a Value.
    """
    for node in topological_order(root):
        node.grad = node._mode.unfilled
