# slip: rule
"""The gradient of y = relu(x), filled in by hand."""


def backward(x, y):
    y.grad = 1.0
    x.grad = y.data
