# slip: rule
"""The gradients of y = exp(x) and of y = log(x), filled in by hand."""


def exp_backward(x, y):
    y.grad = 1.0
    x.grad = y.data


def log_backward(x, y):
    y.grad = 1.0
    x.grad = y.data
