"""Training the model in numpy with a backward pass written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from . import data, model

Backward = Callable[[SimpleNamespace], Mapping[str, Any]]
"""The float arrays of one forward pass -> the gradient of each parameter by its name."""


class Run(NamedTuple):
    """What came of training: the parameters, and the loss of every step."""

    parameters: dict[str, Any]
    losses: list[float]


def train(backward: Backward, steps: int = 2000, rate: float = 0.1, seed: int = 1) -> Run:
    """Train by stochastic gradient descent; the learning rate falls to a tenth near the end.

    Args:
        backward: gives the gradients of C, W1, b1, W2, b2, bngain and bnbias.
        steps: how many batches of 32 are taken.
    """
    X, Y = data.examples(data.names())
    rng = np.random.default_rng(seed)
    parameters = model.parameters(len(data.CHARACTERS))
    losses = []
    for step in range(steps):
        chosen = rng.integers(0, len(Y), model.BATCH)
        x = model.forward(parameters, X[chosen], Y[chosen])
        now = rate if step < steps * 2 // 3 else rate / 10
        gradients = backward(x)
        parameters = {name: numbers - now * gradients[name] for name, numbers in parameters.items()}
        losses.append(float(x.loss))
    return Run(parameters, losses)


def sample(parameters: Mapping[str, Any], count: int = 8, seed: int = 7) -> list[str]:
    """Make up names, a character at a time; the batch statistics are the training set's."""
    X, Y = data.examples(data.names())
    whole = model.forward(parameters, X, Y)
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        context, name = [0] * model.BLOCK, ""
        while len(name) < 20:
            hidden = parameters["C"][context].reshape(1, -1) @ parameters["W1"] + parameters["b1"]
            normal = (hidden - whole.bnmeani) * whole.bnvar_inv * parameters["bngain"] + parameters["bnbias"]
            logits = (np.tanh(normal) @ parameters["W2"] + parameters["b2"]).ravel()
            chances = np.exp(logits - logits.max())
            number = int(rng.choice(len(chances), p=chances / chances.sum()))
            if number == 0:
                break
            name += data.CHARACTERS[number]
            context = [*context[1:], number]
        made.append(name)
    return made
