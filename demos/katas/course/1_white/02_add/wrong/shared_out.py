# slip: factor
"""The gradients of y = a + b, filled in by hand."""


def backward(a, b, y):
    y.grad = 1.0
    a.grad = 0.5
    b.grad = 0.5
