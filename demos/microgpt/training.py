"""Train, one name a step, by any way to compute the gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import by_hand, model, scalars
from .replayed import Replayed
from .vocabulary import CHARACTERS, decode, tokens

Gradients = Callable[[Mapping[str, Any], Sequence[int], Sequence[int]], tuple[float, Mapping[str, Any]]]
"""Parameters, tokens and targets -> the loss and the gradient of each parameter by its name."""

RATE = 0.01
BETAS = 0.85, 0.99


def differentiate_arrays(
    parameters: Mapping[str, Any], tokens: Sequence[int], targets: Sequence[int]
) -> tuple[float, dict[str, Any]]:
    """Compute loss and gradients by autodiff on array nodes."""
    x = model.build_nodes(parameters, tokens, targets)
    x.loss.backward()
    return x.loss.data, {name: getattr(x, name).grad for name in model.PARAMETERS}


def differentiate_by_hand(backward: Callable[[Any], Mapping[str, Any]]) -> Gradients:
    """Compute loss and gradients by a backward pass on the float arrays of a forward pass."""

    def loss_and_gradients(parameters: Any, tokens: Any, targets: Any) -> tuple[float, Mapping[str, Any]]:
        x = model.forward(parameters, tokens, targets)
        return float(x.loss), backward(x)

    return loss_and_gradients


WAYS: dict[str, Callable[[], Gradients]] = {
    "scalars": lambda: scalars.loss_and_gradients,
    "replay": Replayed,
    "arrays": lambda: differentiate_arrays,
    "hand": lambda: differentiate_by_hand(by_hand.backward),
}
"""How to compute the gradients: each gives the same numbers."""


class Progress(NamedTuple):
    """Where the training stands: the step, from 1, its loss before it moved, and the parameters after it."""

    step: int
    loss: float
    parameters: dict[str, Any]


def train(gradients: Gradients, names: Sequence[str], steps: int, seed: int = 1) -> Iterator[Progress]:
    """Train by Adam (Kingma & Ba, 2014, algorithm 1) with microgpt's settings.

    Args:
        gradients: what one of `WAYS` makes.
        names: the texts, taken in their order and from the first again.
        steps: how many steps to make.
        seed: of the parameters at the start.
    """
    parameters = model.parameters(len(CHARACTERS), seed)
    m = {name: np.zeros_like(numbers) for name, numbers in parameters.items()}
    v = {name: np.zeros_like(numbers) for name, numbers in parameters.items()}
    for step in range(1, steps + 1):
        text = tokens(names[(step - 1) % len(names)])
        loss, found = gradients(parameters, text[:-1], text[1:])
        rate = RATE * (1.0 - (step - 1) / steps)
        for name, g in found.items():
            m[name] = BETAS[0] * m[name] + (1.0 - BETAS[0]) * g
            v[name] = BETAS[1] * v[name] + (1.0 - BETAS[1]) * g**2
            fair_m, fair_v = m[name] / (1.0 - BETAS[0] ** step), v[name] / (1.0 - BETAS[1] ** step)
            parameters[name] = parameters[name] - rate * fair_m / (np.sqrt(fair_v) + 1e-8)
        yield Progress(step, float(loss), parameters)


def sample(parameters: Mapping[str, Any], count: int = 10, seed: int = 7, temperature: float = 0.5) -> list[str]:
    """Make up names, a letter at a time.

    Args:
        temperature: above 0; what the logits are divided by, so that a small one keeps to what is likely.
    """
    rng = np.random.default_rng(seed)
    made: list[str] = []
    while len(made) < count:
        text = [0]
        while len(text) <= model.BLOCK:
            logits = model.forward(parameters, text, text).logits[-1] / temperature
            chances = np.exp(logits - logits.max())
            text.append(int(rng.choice(len(chances), p=chances / chances.sum())))
            if text[-1] == 0:
                break
        if text[1:] != [0]:
            made.append(decode(text[1:]).rstrip("."))
    return made
