"""A backward pass that goes without a topological order."""

from collections.abc import Sequence

from handgrad import Value


def slopes(node: Value) -> Sequence[float]:
    """The local derivatives of a node, one per operand; ready, nothing to do here."""
    return node.op.derivatives(*[operand.data for operand in node.operands], node.data)


def backward(root: Value) -> None:
    """Fill in the grad of every node of the graph of `root`, whatever its shape."""
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(node: Value) -> None:
        if node in visited:
            return
        visited.add(node)
        for operand in node.operands:
            visit(operand)
        # Behind all its operands; so, from the end, all its consumers have been before it.
        order.append(node)

    visit(root)
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        if not node.is_leaf:
            for operand, slope in zip(node.operands, slopes(node)):
                operand.grad += slope * node.grad
