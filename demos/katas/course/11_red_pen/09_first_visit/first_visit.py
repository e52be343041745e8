"""A backward pass that goes without a topological order."""

from collections.abc import Sequence

from handgrad import Value


def slopes(node: Value) -> Sequence[float]:
    """The local derivatives of a node, one per operand; ready, nothing to do here."""
    return node.op.derivatives(*[operand.data for operand in node.operands], node.data)


def backward(root: Value) -> None:
    """Fill in the grad of every node of the graph of `root`, whatever its shape."""
    # TODO: it pushes on the way down, at the first visit. Fix it for every graph.
    visited: set[Value] = set()

    def clear(node: Value) -> None:
        node.grad = 0.0
        for operand in node.operands:
            clear(operand)

    def visit(node: Value) -> None:
        if node in visited:
            return
        visited.add(node)
        if not node.is_leaf:
            for operand, slope in zip(node.operands, slopes(node)):
                operand.grad += slope * node.grad
        for operand in node.operands:
            visit(operand)

    clear(root)
    root.grad = 1.0
    visit(root)
