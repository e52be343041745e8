# slip: rule
"""The gradients of y = exp(x**3), one link of the chain at a time."""


def backward(x, u, y):
    y.grad = 1.0
    u.grad = y.grad * y.data
    x.grad = u.grad * 3 * x.data**3
