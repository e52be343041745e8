"""A softmax classifier with its three bugs fixed."""

from __future__ import annotations

import random

from handgrad import Value


def initial_weights(nin: int, classes: int, rng: random.Random) -> list[list[float]]:
    """The weights before the first step: small, so that the untrained model is sure of nothing.

    Args:
        nin: the number of inputs, each about 1 in size.
        classes: the number of classes.
        rng: where the random numbers come from.

    Returns:
        W, nin rows of `classes` numbers.
    """
    # 0.01 for 3.0: with logits near 0 every class is about as likely, and the loss starts at log(classes).
    return [[rng.gauss(0.0, 0.01) for _ in range(classes)] for _ in range(nin)]


def logit_gradients(p: list[float], target: int) -> list[float]:
    """The gradients of one example's logits for its cross-entropy loss.

    Args:
        p: the probabilities, softmax of the logits.
        target: the true class, a place in p.

    Returns:
        One number a logit.
    """
    # p - y: without the one-hot y the gradients sum to 1, and every class is pushed down, the true one too.
    return [p_j - (j == target) for j, p_j in enumerate(p)]


def fill_weights(W: list[list[Value]], xs: list[list[float]], dlogits: list[list[float]]) -> None:
    """Fill in the grad of every weight, for the mean of the examples' losses.

    Args:
        W: logit j of an example x is the sum over i of x[i]*W[i][j].
        xs: n examples, each a list of inputs.
        dlogits: n rows: the gradients of each example's own loss by its logits.
    """
    for i, row in enumerate(W):
        for j, weight in enumerate(row):
            weight.grad = 0.0
            for x, dlogit in zip(xs, dlogits):
                # `+=` for `-=`: the minus of descent belongs to the step, not to the gradient.
                weight.grad += x[i] * dlogit[j] / len(xs)
