"""A recorded graph run node by node: the same operations on nodes of its own, and the one sweep of the chain rule.

It serves graphs of any shape and any nodes, arrays among them. Nothing is built or sorted again, so it takes less
than half the time of writing the expression anew; and where an operation has no finite number it raises the error
that names the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autodiff import backward_sweep
from ..graph import walking
from ..value import Value, fill_slots


class Tape:
    """A copy of a graph, whose nodes take other data.

    Args:
        order: its nodes in topological order.
        inputs: its leaves that take other data, each once.
    """

    def __init__(self, order: Sequence[Value], inputs: Sequence[Value]) -> None:
        copies: dict[Value, Value] = {}
        for node in order:
            copies[node] = _copy(node, copies)
        chosen = set(inputs)
        self._root = copies[order[-1]]
        self._inputs = [copies[node] for node in inputs]
        self._leaves = [(node, copies[node]) for node in order if node.is_leaf and node not in chosen]
        self._steps = [_step(copies[node]) for node in order if not node.is_leaf]
        self._backward_order = [copies[node] for node in reversed(order)]

    def run(self, data: Sequence[Any]) -> tuple[float, list[Any]]:
        """Return the root's data and the inputs' gradients."""
        with walking:  # the copies belong to one run at a time
            for node, number in zip(self._inputs, data):
                node._data = number
            for leaf, node in self._leaves:
                node._data = leaf._data
            self._forward()
            for node in self._backward_order:
                node._scratch = 0.0
            backward_sweep(self._root, self._backward_order)
            return self._root._data, [node._scratch for node in self._inputs]

    def _forward(self) -> None:
        for node, forward, first, second in self._steps:
            try:
                number = forward(first._data) if second is None else forward(first._data, second._data)
            except (ArithmeticError, ValueError):
                number = None
            if number.__class__ is not float or number - number != 0.0:
                number = node.op(*node.operands).data  # or its error
            node._data = number


def _step(node: Value) -> tuple[Any, Callable[..., Any], Any, Any]:
    """Return a node, its forward rule and the two operands it takes, or one."""
    assert node.op is not None
    if node._first is None:  # it has none, or more than two
        return (node, lambda _: None, node, None)
    return (node, node.op.forward, node._first, node._second)


def _copy(node: Value, copies: dict[Value, Value]) -> Value:
    first, second = [None if operand is None else copies[operand] for operand in (node._first, node._second)]
    rest = tuple([copies[operand] for operand in node._rest])
    copy: Value = fill_slots(object.__new__(type(node)), node._data, node.op, first, second, rest, node.label)
    copy._mode = node._mode
    return copy
