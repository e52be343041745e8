"""Graphs that the tests of the pictures share."""

from __future__ import annotations

import random

from handgrad import Value, gradients, manual

RIGHT = {"L": 1.0, "d": -2.0, "f": 4.0, "e": -2.0, "c": -2.0, "a": 6.0, "b": -4.0}
"""The gradients of the lecture's expression."""

TWO_MISTAKES = {**RIGHT, "d": 2.0, "e": 2.0, "c": 2.0, "a": -6.0, "b": 4.0, "f": 8.0}
"""d and f are wrong; e, c, a and b only follow from d."""


def lecture(grads: dict[str, float | None] | None = None) -> Value:
    """L = (a*b + c) * f of the lecture, its gradients filled in."""
    with manual():
        a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
        e = a * b
        d = e + c
        L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    for node in (a, b, c, f, e, d, L):
        node.grad = (grads or {}).get(node.label)
    return L


def perceptron(width: int, *, wrong: int) -> Value:
    """A layer of `width` inputs summed to a loss, so many of its gradients wrong, the others right."""
    rng = random.Random(0)
    w = Value(0.5, "w")
    loss = Value(0.0, "start")
    for place in range(width):
        loss = loss + w * Value(rng.uniform(-1.0, 1.0), f"x{place}")
    loss.label = "loss"
    found = gradients(loss)
    for node, gradient in found.items():
        node.grad = gradient
    for node in rng.sample(list(found)[2:], wrong):
        node.grad += 7.75
    return loss
