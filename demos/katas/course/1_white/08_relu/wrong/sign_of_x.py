# says: Mend first: x.
"""The gradient of y = relu(x), filled in by hand."""


def backward(x, y):
    y.grad = 1.0
    x.grad = 1.0 if x.data > 0.0 else -1.0
