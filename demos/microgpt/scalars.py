"""The same network on single numbers: every product and every sum is a Value, as in Karpathy's microgpt (2026).

Read it from `loss_of` upwards. A text goes in token by token; the keys and values of the positions before are kept, so
that a position can look at them, and at none after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from handgrad import Value
from handgrad.functional import softmax

from .model import EPSILON, HEADS

Vector = list[Value]
Matrix = list[Vector]


def linear(x: Vector, W: Matrix) -> Vector:
    """Return x @ W: one dot product a column."""
    return [total(xi * row[j] for xi, row in zip(x, W)) for j in range(len(W[0]))]


def dot(x: Vector, y: Vector) -> Value:
    return total(a * b for a, b in zip(x, y))


def total(terms: Any) -> Value:
    """Sum one or more Values without the 0 that Python's sum begins with."""
    first, *rest = terms
    return sum(rest, start=first)


def add(x: Vector, y: Vector) -> Vector:
    return [a + b for a, b in zip(x, y)]


def rmsnorm(x: Vector) -> Vector:
    inv = (dot(x, x) / len(x) + EPSILON) ** -0.5
    return [xi * inv for xi in x]


def attention(a: Vector, keys: Matrix, values: Matrix, p: Mapping[str, Matrix], heads: int) -> Vector:
    """Return what the last position gathers from itself and those before."""
    q = linear(a, p["Wq"])
    keys.append(linear(a, p["Wk"]))
    values.append(linear(a, p["Wv"]))
    d = len(q) // heads
    merged: Vector = []
    for head in range(heads):
        columns = slice(head * d, (head + 1) * d)
        weights = softmax([dot(q[columns], key[columns]) / d**0.5 for key in keys])
        merged += [total(w * value[j] for w, value in zip(weights, values)) for j in range(len(q))[columns]]
    return linear(merged, p["Wo"])


def next_logits(
    row: Vector, position: int, keys: Matrix, values: Matrix, p: Mapping[str, Matrix], heads: int
) -> Vector:
    """Return one logit for each token that may come next."""
    x = rmsnorm(add(row, p["wpe"][position]))
    y = add(x, attention(rmsnorm(x), keys, values, p, heads))
    z = [h.relu() for h in linear(rmsnorm(y), p["W1"])]
    out = add(y, linear(z, p["W2"]))
    return [dot(out, row) for row in p["wte"]]


def loss_of(p: Mapping[str, Matrix], tokens: Sequence[int], targets: Sequence[int], heads: int = HEADS) -> Value:
    """Return the mean over the positions of -log(the target's probability)."""
    keys: Matrix = []
    values: Matrix = []
    losses = []
    for position, (token, target) in enumerate(zip(tokens, targets)):
        probs = softmax(next_logits(p["wte"][token], position, keys, values, p, heads))
        losses.append(-probs[target].log())
    return total(losses) / len(losses)


def make_leaves(parameters: Mapping[str, Any]) -> dict[str, Matrix]:
    """Return a leaf for every number of the arrays."""
    return {
        name: [
            [Value(number, f"{name}[{i}][{j}]") for j, number in enumerate(row)] for i, row in enumerate(rows.tolist())
        ]
        for name, rows in parameters.items()
    }


def loss_and_gradients(
    parameters: Mapping[str, Any], tokens: Sequence[int], targets: Sequence[int]
) -> tuple[float, dict[str, Any]]:
    """Return a text's loss, and the gradients of its parameters."""
    p = make_leaves(parameters)
    loss = loss_of(p, tokens, targets)
    loss.backward()
    return loss.data, {name: np.array([[node.grad for node in row] for row in rows]) for name, rows in p.items()}
