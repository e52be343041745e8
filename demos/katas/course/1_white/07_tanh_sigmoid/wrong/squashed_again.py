# slip: rule
"""The slopes of tanh and of sigmoid, from their own output."""

import math


def tanh_slope(y):
    return 1.0 - math.tanh(y) ** 2


def sigmoid_slope(y):
    return y * (1.0 - y)
