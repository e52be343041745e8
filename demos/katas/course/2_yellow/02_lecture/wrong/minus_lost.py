# slip: sign
"""The gradients of L = (a*b + c) * f, filled in by hand from the root to the leaves."""


def backward(a, b, c, f, e, d, L):
    L.grad = 1.0
    d.grad = L.grad * f.data
    f.grad = L.grad * d.data
    e.grad = d.grad
    c.grad = d.grad
    a.grad = -e.grad * b.data
    b.grad = e.grad * a.data
