"""An operation of your own, and a check of its rule."""

import math
from collections.abc import Iterable

from handgrad import gradcheck, op
from handgrad.ops import Op


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


def forward(x: float) -> float:
    return x * sigmoid(x)


def derivative(x: float, y: float) -> float:
    s = sigmoid(x)
    # Two uses of x, two contributions: through the factor x (the other factor is s), and through the
    # sigmoid (the other factor x, times its slope). As x*s is y, that is also s + y*(1 - s).
    return s + x * s * (1.0 - s)


swish: Op = op("swish", forward, derivative)
"""The operation y = x * sigmoid(x): forward(x) gives y, derivative(x, y) gives dy/dx."""


def holds_at(operation: Op, points: Iterable[float]) -> bool:
    """Whether the rule of an operation agrees with central differences at every one of the points.

    Args:
        operation: an operation of one input.
        points: where to check it.

    Returns:
        True if gradcheck finds the rule right at all of them, False if it is wrong at any.
    """
    # all() and not a single point: a wrong rule is often right somewhere.
    return all(gradcheck(operation, x).ok for x in points)
