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


def recurrence(steps: int) -> Value:
    """h = tanh(w*h + x), so many times."""
    w, x, h = Value(0.5, "w"), Value(0.3, "x"), Value(0.1, "h0")
    for step in range(steps):
        h = (w * h + x).tanh()
        h.label = f"h{step + 1}"
    return h


def star(uses: int) -> Value:
    """The sum of w * x_i."""
    w = Value(0.5, "w")
    return _sum([w * Value(0.1 * place, f"x{place}") for place in range(uses)])


def complete_layer(inputs: int, outputs: int) -> Value:
    """The sum of a layer's outputs, each of which uses each input."""
    rng = random.Random(0)
    xs = [Value(rng.uniform(-1.0, 1.0), f"x{place}") for place in range(inputs)]
    return _sum([_sum([x * Value(rng.uniform(-1.0, 1.0)) for x in xs]).tanh() for _ in range(outputs)])


def tangle(size: int) -> Value:
    """Each number is computed from the one before and another at random: no layout of it is good."""
    rng = random.Random(0)
    nodes = [Value(rng.uniform(-1.0, 1.0), f"x{place}") for place in range(10)]
    for _ in range(size):
        nodes.append((nodes[-1] + rng.choice(nodes)).tanh())
    return nodes[-1]


def _sum(terms: list[Value]) -> Value:
    while len(terms) > 1:
        pairs = [left + right for left, right in zip(terms[::2], terms[1::2])]
        terms = pairs + terms[2 * len(pairs) :]
    return terms[0]
