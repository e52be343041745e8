"""A backward pass that pushes too often."""

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
    # TODO: let each node pass its gradient on once, when it is complete.
    clear(root)
    root.grad = 1.0
    push(root)


def clear(node: Value) -> None:
    node.grad = 0.0
    for operand in node.operands:
        clear(operand)


def push(node: Value) -> None:
    if not node.is_leaf:
        for operand, slope in zip(node.operands, slopes(node)):
            operand.grad += slope * node.grad
            push(operand)
