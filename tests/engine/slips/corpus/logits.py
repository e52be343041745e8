"""The mistakes at the logits of a softmax with cross-entropy, on arrays and on numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from handgrad import Value, compare, functional, manual
from handgrad.arrays import array, label
from handgrad.verdict.comparison import Comparison


class Wrong(NamedTuple):
    """A mistake at the logits.

    Attributes:
        name: of the mistake.
        kinds: what names it rightly.
        of: from p, the one-hot rows y, the logits z and n, to the gradient.
        needs_rows: whether one row alone does not show it.
    """

    name: str
    kinds: tuple[str, ...]
    of: Callable[[Any, Any, Any, int], Any]
    needs_rows: bool = False


def softmax(z: Any, axis: int | None = -1) -> Any:
    e = np.exp(z - z.max())
    return e / e.sum(axis, keepdims=True)


WRONG = (
    Wrong("p for p - y", ("one-hot", "rule", "missing-path"), lambda p, y, z, n: p / n),
    Wrong("y - p", ("sign",), lambda p, y, z, n: (y - p) / n),
    Wrong("1 off every entry", ("rule", "one-hot"), lambda p, y, z, n: (p - 1.0) / n),
    Wrong("p + y", ("one-hot", "rule", "sign"), lambda p, y, z, n: (p + y) / n),
    Wrong("the class beside", ("one-hot", "rule"), lambda p, y, z, n: (p - np.roll(y, 1, -1)) / n),
    Wrong("whole columns", ("one-hot",), lambda p, y, z, n: (p - y.max(0)) / n, needs_rows=True),
    Wrong("1/n missing", ("factor",), lambda p, y, z, n: p - y, needs_rows=True),
    Wrong("1/n twice", ("factor",), lambda p, y, z, n: (p - y) / n**2, needs_rows=True),
    Wrong("n - 1 for n", ("factor",), lambda p, y, z, n: (p - y) / (n - 1), needs_rows=True),
    Wrong("all logits for n", ("factor",), lambda p, y, z, n: (p - y) / p.size),
    Wrong("y not divided", ("one-hot",), lambda p, y, z, n: p / n - y, needs_rows=True),
    Wrong("p not divided", ("one-hot",), lambda p, y, z, n: p - y / n, needs_rows=True),
    Wrong("along the batch", ("wrong-axis",), lambda p, y, z, n: (softmax(z, 0) - y) / n, needs_rows=True),
    Wrong("over everything", ("wrong-axis", "rule"), lambda p, y, z, n: (softmax(z, None) - y) / n, needs_rows=True),
    Wrong("the logits for p", ("rule",), lambda p, y, z, n: (z - y) / n),
    Wrong("exps for p", ("rule", "forgot-local"), lambda p, y, z, n: (np.exp(z) - y) / n),
    Wrong("p*(1 - p)", ("rule",), lambda p, y, z, n: p * (1.0 - p) / n),
    Wrong("-y/p", ("rule", "missing-path", "forgot-local"), lambda p, y, z, n: -y / p / n),
    Wrong("y alone", ("missing-path", "one-hot", "rule"), lambda p, y, z, n: -y / n),
)


def cases(seed: int, digits: int | None) -> list[tuple[Wrong, str, Comparison]]:
    """Every mistake on an array of logits, and of one row on the numbers that `functional.cross_entropy` takes.

    Args:
        digits: decimals of what is filled in; all for None.
    """
    rng = np.random.default_rng(seed)
    found = []
    for wrong in WRONG:
        for place in ("array", "numbers", "batch of numbers"):
            if place != "array" and wrong.needs_rows != (place == "batch of numbers"):
                continue
            n, classes = (1, 4) if place == "numbers" else (4, 3)
            z, target = rng.normal(size=(n, classes)) * 1.5, rng.integers(0, classes, n)
            y = np.eye(classes)[target]
            gradient = wrong.of(softmax(z), y, z, n)
            gradient = gradient if digits is None else np.round(gradient, digits)
            made = (_on_an_array if place == "array" else _on_numbers)(z, target, gradient)
            found.append((wrong, place, made))
    return found


def _on_an_array(z: Any, target: Any, gradient: Any) -> Comparison:
    with manual():
        logits = array(z, "logits")
        e = np.exp(logits)
        loss = label(-np.log((e / e.sum(1, keepdims=True))[np.arange(len(z)), target]).mean(), "L")
    logits.grad = gradient
    return compare(loss, nodes=[logits])


def _on_numbers(z: Any, target: Any, gradient: Any) -> Comparison:
    with manual():
        rows = [[Value(one, f"z{i}{j}") for j, one in enumerate(row)] for i, row in enumerate(z.tolist())]
        loss = functional.cross_entropy(rows, target.tolist())
    loss.label = "L"
    logits = [logit for row in rows for logit in row]
    for logit, number in zip(logits, gradient.ravel().tolist()):
        logit.grad = number
    return compare(loss, nodes=logits)
