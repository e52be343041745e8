"""The gradients of L = (a*b + c) * f, filled in by hand from the root to the leaves."""

from handgrad import Value


def backward(a: Value, b: Value, c: Value, f: Value, e: Value, d: Value, L: Value) -> None:
    """Fill in the grad of each of the seven nodes.

    Args:
        a, b, c, f: the leaves; their data are any numbers.
        e: the product, e = a * b.
        d: the sum, d = e + c.
        L: the root, L = d * f.
    """
    L.grad = 1.0
    d.grad = L.grad * f.data
    f.grad = L.grad * d.data
    # A sum has local derivatives 1: it hands its gradient on to both operands as it is.
    e.grad = d.grad
    c.grad = d.grad
    # The upstream gradient is always that of the output of the very operation: here e, and not L.
    a.grad = e.grad * b.data
    b.grad = e.grad * a.data
