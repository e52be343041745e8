"""A backward pass with three mistakes in it."""

from handgrad import Value


def backward(a: Value, b: Value, c: Value, u: Value, v: Value, h: Value, s: Value, L: Value) -> None:
    """Fill in every grad of u = a*b, v = u - c, h = tanh(v), s = h*c, L = s*a.

    Args:
        a, b, c: the leaves.
        u, v, h, s: the nodes between.
        L: the root.
    """
    # TODO: three of these lines are wrong. Fix those, and only those.
    L.grad = 1.0
    s.grad = a.data * L.grad
    a.grad = s.data * L.grad
    h.grad = c.data * s.grad
    c.grad = h.data * s.grad
    v.grad = (1.0 - v.data**2) * h.grad
    u.grad = v.grad
    c.grad = -v.grad
    a.grad += a.data * u.grad
    b.grad = a.data * u.grad
