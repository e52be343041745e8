# says: u handed its gradient on before it was complete
"""The gradients of a diamond: u = a*b, p = tanh(u), q = u**3, y = p*q."""


def backward(a, b, u, p, q, y):
    y.grad = 1.0
    p.grad = y.grad * q.data
    q.grad = y.grad * p.data
    u.grad = p.grad * (1.0 - p.data**2)
    a.grad = u.grad * b.data
    b.grad = u.grad * a.data
    u.grad += q.grad * 3 * u.data**2
