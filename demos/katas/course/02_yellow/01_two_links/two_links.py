"""The gradients of y = exp(x**3), one link of the chain at a time."""

from handgrad import Value


def backward(x: Value, u: Value, y: Value) -> None:
    """Fill in the grad of each node, the root first.

    Args:
        x: the leaf; x.data is any number.
        u: the link in the middle, u = x**3.
        y: the root, y = exp(u).
    """
    # TODO: fill in y.grad, u.grad and x.grad; each but the root's as upstream gradient * local derivative.
