# slip: rule
"""The gradient of y = x**n for a constant n, filled in by hand."""


def backward(x, n, y):
    y.grad = 1.0
    x.grad = x.data ** (n - 1)
