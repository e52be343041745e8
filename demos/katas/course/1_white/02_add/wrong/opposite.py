# slip: sign
"""The gradients of y = a + b, filled in by hand."""


def backward(a, b, y):
    y.grad = 1.0
    a.grad = 1.0
    b.grad = -1.0
