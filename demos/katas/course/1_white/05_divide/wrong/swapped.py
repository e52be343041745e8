# slip: swapped
"""The gradients of y = a / b, filled in by hand."""


def backward(a, b, y):
    y.grad = 1.0
    a.grad = -a.data / b.data**2
    b.grad = 1.0 / b.data
