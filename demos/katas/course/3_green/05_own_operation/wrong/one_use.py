# slip: rule
"""An operation of your own, and a check of its rule."""

import math

from handgrad import gradcheck, op


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


swish = op("swish", lambda x: x * sigmoid(x), lambda x, y: sigmoid(x))


def holds_at(operation, points):
    return all(gradcheck(operation, x).ok for x in points)
