"""A backward pass with its three mistakes fixed."""

from handgrad import Value


def backward(a: Value, b: Value, c: Value, u: Value, v: Value, h: Value, s: Value, L: Value) -> None:
    """Fill in every grad of u = a*b, v = u - c, h = tanh(v), s = h*c, L = s*a.

    Args:
        a, b, c: the leaves.
        u, v, h, s: the nodes between.
        L: the root.
    """
    L.grad = 1.0
    s.grad = a.data * L.grad
    a.grad = s.data * L.grad
    h.grad = c.data * s.grad
    c.grad = h.data * s.grad
    v.grad = (1.0 - h.data**2) * h.grad  # tanh's slope is made of its output h, not of its input v
    u.grad = v.grad
    c.grad += -v.grad  # the second use of c: added, or the first, in s, is overwritten
    a.grad += b.data * u.grad  # in a product each factor's local derivative is the *other* factor
    b.grad = a.data * u.grad
