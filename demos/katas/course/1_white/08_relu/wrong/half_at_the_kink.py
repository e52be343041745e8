# says: neither above nor below 0
"""The gradient of y = relu(x), filled in by hand."""


def backward(x, y):
    y.grad = 1.0
    x.grad = 0.5 if x.data == 0.0 else float(x.data > 0.0)
