"""A small engine: one push for each operation. One of them is wrong."""

from handgrad import Value

# TODO: one of the pushes loses what was there before. Fix it, and leave the rest as it is.


def push_add(out: Value) -> None:
    for operand in out.operands:
        operand.grad += out.grad


def push_multiply(out: Value) -> None:
    a, b = out.operands
    a.grad += b.data * out.grad
    b.grad += a.data * out.grad


def push_tanh(out: Value) -> None:
    (x,) = out.operands
    x.grad += (1.0 - out.data**2) * out.grad


def push_exp(out: Value) -> None:
    (x,) = out.operands
    x.grad = out.data * out.grad


PUSH = {"+": push_add, "*": push_multiply, "tanh": push_tanh, "exp": push_exp}


def backward(order: list[Value]) -> None:
    """Fill in every grad of a graph.

    Args:
        order: its nodes in backward order, the root first, each before its operands.
    """
    for node in order:
        node.grad = 0.0
    order[0].grad = 1.0
    for node in order:
        if not node.is_leaf:
            PUSH[node.op.name](node)
