"""What may be meant where a script works out no loss."""

import numpy as np
import pytest

from handgrad.adapters.script.losses import MEANT


def slope(of, x, step=1e-6):
    moves = [step * row.reshape(x.shape) for row in np.eye(x.size)]
    return np.array([(of(x + move) - of(x - move)) / (2 * step) for move in moves]).reshape(x.shape)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("meant", "activation"),
    list(zip(MEANT, (lambda z: z, sigmoid, softmax, lambda z: z))),
    ids=["half squares", "binary", "classes", "squares"],
)
def test_the_gradient_of_each_begins_with_the_difference(meant, activation):
    z = np.random.default_rng(0).normal(size=(4, 3))
    target = np.eye(3)[[0, 2, 1, 1]]
    assert meant.is_of(activation(z), target)
    assert slope(lambda z: meant.of(activation(z), target), z) == pytest.approx(
        meant.times * (activation(z) - target), abs=1e-8
    )


def test_no_cross_entropy_is_meant_of_numbers_that_are_no_probabilities():
    output, target = np.array([[1.5, -0.5]]), np.array([[1.0, 0.0]])
    assert [one.is_of(output, target) for one in MEANT] == [True, False, False, True]
