"""Mean squared errors of random predictions."""

import random

import pytest
from mse import mse

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients


def number(rng):
    """A random number of either sign that is far from 0, 1 and 2."""
    return rng.choice((-1.0, 1.0)) * rng.uniform(1.1, 1.9)


def check(data, targets):
    """Build the loss, let the learner fill in the predictions, and compare."""
    with manual():
        predictions = [Value(number, f"p[{i}]") for i, number in enumerate(data)]
        errors = [p - t for p, t in zip(predictions, targets)]
        squares = [error**2 for error in errors]
        total = squares[0]
        for square in squares[1:]:
            total = total + square
        L = total / len(squares)
    for i, error in enumerate(errors):
        error.label = f"error[{i}]"
    L.label = "L"
    with by_hand():
        mse(predictions, targets)
    check_gradients(L, nodes=predictions, call="mse(predictions, targets)")


@pytest.mark.parametrize("n", [4, 5, 6, 7])
def test_every_prediction_has_its_gradient(n):
    rng = random.Random(n)
    check([number(rng) for _ in range(n)], [number(rng) for _ in range(n)])


def test_a_prediction_that_is_right_has_gradient_zero():
    check([1.7, -0.4, 3.5], [0.2, -0.4, 4.75])
