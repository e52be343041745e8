"""Backpropagation: the chain rule over a whole graph."""

from handgrad import Value
from handgrad.autodiff import local_derivatives
from handgrad.graph import topological_order


def backward(root: Value) -> None:
    """Add d root / d node to the grad of every node that root depends on, root included.

    Args:
        root: where backward starts. Every grad of its graph is a number; what stands there stays,
            and the gradient is added to it.
    """
    order = topological_order(root)
    gradient = dict.fromkeys(order, 0.0)
    gradient[root] = 1.0
    for node in reversed(order):
        for operand, local in zip(node.operands, local_derivatives(node)):
            # The chain rule, and the only line of it in the engine. += as a node may have many uses.
            gradient[operand] += gradient[node] * local
    for node in order:
        # Apart from the walk: what an earlier call left in .grad is not handed on a second time.
        node.grad += gradient[node]
