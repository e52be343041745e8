# slip: forgot-upstream
"""The gradients of two expressions that use a value twice, filled in by hand."""


def square_backward(a, y):
    y.grad = 1.0
    a.grad = 2 * y.grad * a.data


def backward(a, b, e, y):
    y.grad = 1.0
    e.grad = y.grad * a.data
    a.grad = y.grad * e.data + 1.0
    b.grad = e.grad
