# says: Is the sum of every node complete when the node hands it on
"""Backpropagation: the chain rule over a whole graph."""

from handgrad.autodiff import local_derivatives


def backward(root):
    root.grad += 1.0
    hand_on(root)


def hand_on(node):
    for operand, local in zip(node.operands, local_derivatives(node)):
        operand.grad += node.grad * local
        hand_on(operand)
