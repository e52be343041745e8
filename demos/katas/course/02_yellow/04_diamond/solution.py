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
    y.grad = 1.0
    p.grad = y.grad * q.data
    q.grad = y.grad * p.data
    u.grad = p.grad * (1.0 - p.data**2)
    u.grad += q.grad * 3 * u.data**2
    # Both paths are in. From here on u.grad is final, and only now is it handed on.
    a.grad = u.grad * b.data
    b.grad = u.grad * a.data
