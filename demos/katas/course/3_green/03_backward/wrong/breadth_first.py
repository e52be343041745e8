# slip: missing-path
"""Backpropagation: the chain rule over a whole graph."""

from handgrad.autodiff import local_derivatives


def backward(root):
    order = [root]
    for node in order:
        order += [operand for operand in dict.fromkeys(node.operands) if operand not in order]
    gradient = dict.fromkeys(order, 0.0)
    gradient[root] = 1.0
    for node in order:
        for operand, local in zip(node.operands, local_derivatives(node)):
            gradient[operand] += gradient[node] * local
    for node in order:
        node.grad += gradient[node]
