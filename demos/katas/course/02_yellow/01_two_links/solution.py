"""The gradients of y = exp(x**3), one link of the chain at a time."""

from handgrad import Value


def backward(x: Value, u: Value, y: Value) -> None:
    """Fill in the grad of each node, the root first.

    Args:
        x: the leaf; x.data is any number.
        u: the link in the middle, u = x**3.
        y: the root, y = exp(u).
    """
    y.grad = 1.0
    u.grad = y.grad * y.data
    # u.grad holds everything that lies between u and the root, so x need not know about exp at all.
    x.grad = u.grad * 3 * x.data**2
