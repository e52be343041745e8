# says: Does the second walk hand on what the first one left in .grad?
"""Backpropagation: the chain rule over a whole graph."""

from handgrad.autodiff import local_derivatives
from handgrad.graph import topological_order


def backward(root):
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for operand, local in zip(node.operands, local_derivatives(node)):
            operand.grad += node.grad * local
