# slip: not-a-number
"""The gradients of y = a * b, filled in by hand."""


def backward(a, b, y):
    y.grad = 1.0
    a.grad = b
    b.grad = a.data
