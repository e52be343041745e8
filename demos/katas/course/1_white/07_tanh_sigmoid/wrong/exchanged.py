# slip: rule
"""The slopes of tanh and of sigmoid, from their own output."""


def tanh_slope(y):
    return y * (1.0 - y)


def sigmoid_slope(y):
    return 1.0 - y * y
