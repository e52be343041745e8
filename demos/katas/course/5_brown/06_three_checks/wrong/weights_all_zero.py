# says: Every weight is the same number
from __future__ import annotations

import random

from handgrad import Value


def initial_weights(nin: int, classes: int, rng: random.Random) -> list[list[float]]:
    return [[0.0 for _ in range(classes)] for _ in range(nin)]


def logit_gradients(p: list[float], target: int) -> list[float]:
    return list(p)


def fill_weights(W: list[list[Value]], xs: list[list[float]], dlogits: list[list[float]]) -> None:
    for i, row in enumerate(W):
        for j, weight in enumerate(row):
            weight.grad = 0.0
            for x, dlogit in zip(xs, dlogits):
                weight.grad += x[i] * dlogit[j] / len(xs)
