"""The gradients of a diamond: u = a*b, p = tanh(u), q = u**3, y = p*q."""

from handgrad import Value


def backward(a: Value, b: Value, u: Value, p: Value, q: Value, y: Value) -> None:
    """Fill in the grad of each of the six nodes.

    Args:
        a, b: the leaves; their data are any numbers.
        u: the node where the paths part, u = a * b.
        p: the one path, p = tanh(u).
        q: the other path, q = u**3.
        y: the root, where they meet, y = p * q.
    """
    # TODO: fill in all six grads, and complete u.grad over both paths before a and b get their share of it.
