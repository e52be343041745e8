# slip: rule
"""The gradients of y = a / b, filled in by hand."""


def backward(a, b, y):
    y.grad = 1.0
    a.grad = b.data
    b.grad = a.data
