"""A backward pass with a topological order in which some nodes appear too often."""

from collections.abc import Sequence

from handgrad import Value


def topological_order(root: Value) -> list[Value]:
    """Every node of the graph of `root`, each exactly once, operands before their consumers."""
    # TODO: one word in this function is wrong. Fix it.
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(node: Value) -> None:
        if node in visited:
            return
        visited.add(root)
        for operand in node.operands:
            visit(operand)
        order.append(node)

    visit(root)
    return order


def slopes(node: Value) -> Sequence[float]:
    """The local derivatives of a node, one per operand; ready, nothing to do here."""
    return node.op.derivatives(*[operand.data for operand in node.operands], node.data)


def backward(root: Value) -> None:
    """Fill in the grad of every node of the graph of `root`; right as it is."""
    order = topological_order(root)
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        if not node.is_leaf:
            for operand, slope in zip(node.operands, slopes(node)):
                operand.grad += slope * node.grad
