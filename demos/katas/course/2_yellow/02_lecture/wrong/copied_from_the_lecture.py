# says: Mend first: f, d
"""The gradients of L = (a*b + c) * f, filled in by hand from the root to the leaves."""


def backward(a, b, c, f, e, d, L):
    L.grad = 1.0
    d.grad, f.grad = -2.0, 4.0
    e.grad = c.grad = -2.0
    a.grad, b.grad = 6.0, -4.0
