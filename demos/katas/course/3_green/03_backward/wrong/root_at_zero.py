# slip: missing-path
"""Backpropagation: the chain rule over a whole graph."""

from handgrad.autodiff import local_derivatives
from handgrad.graph import topological_order


def backward(root):
    order = topological_order(root)
    gradient = dict.fromkeys(order, 0.0)
    gradient[root] = 0.0
    for node in reversed(order):
        for operand, local in zip(node.operands, local_derivatives(node)):
            gradient[operand] += gradient[node] * local
    for node in order:
        node.grad += gradient[node]
