"""A backward pass in which each node pushes once."""

from collections.abc import Sequence

from handgrad import Value


def slopes(node: Value) -> Sequence[float]:
    """The local derivatives of a node, one per operand; ready, nothing to do here."""
    return node.op.derivatives(*[operand.data for operand in node.operands], node.data)


def backward(root: Value) -> None:
    """Fill in the grad of every node of the graph of `root`; those of an earlier pass do not count.

    Args:
        root: where backward starts; it may be a leaf. A node's operands are in node.operands.
    """
    order = topological_order(root)
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    # From the root on, and every node after all its consumers: when its turn comes, it is complete.
    for node in reversed(order):
        if not node.is_leaf:
            for operand, slope in zip(node.operands, slopes(node)):
                operand.grad += slope * node.grad


def topological_order(root: Value) -> list[Value]:
    """Every node once, operands before their consumers."""
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(node: Value) -> None:
        if node in visited:
            return
        visited.add(node)
        for operand in node.operands:
            visit(operand)
        order.append(node)  # after its operands: reversed, it stands before them

    visit(root)
    return order
