# slip: rule
"""The gradients of y = exp(x**3), one link of the chain at a time."""


def backward(x, u, y):
    y.grad = y.data
    u.grad = y.grad * y.data
    x.grad = u.grad * 3 * x.data**2
