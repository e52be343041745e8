"""The graphs that beginners fill in, of numbers, of arrays and with a loss in one node: a family each, in two halves.

The families of `UNSEEN` are for the measure alone: nothing is tuned on them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from handgrad import Value, functional, gradients, label, manual
from handgrad.arrays import array


class Net(NamedTuple):
    """A graph, and what the mistakes are made of.

    Attributes:
        root: the loss.
        true: every node's gradient.
        named: the nodes that the learner has given a name.
        facts: of the loss or of a layer: "logits" (rows of nodes, or one array), "targets", "guesses" with "truths" and
            "n", "mask" (the factors of nodes), "norm", "lse".
    """

    root: Any
    true: dict[Any, Any]
    named: list[Any]
    facts: dict[str, Any]


class Maker:
    """Leaves with a name, drawn at random, and nodes that are given one."""

    def __init__(self, seed: int) -> None:
        self.rng, self.numbers = random.Random(seed), np.random.default_rng(seed)
        self.named: list[Any] = []

    def __call__(self, name: str, node: Any) -> Any:
        label(node, name)
        self.named.append(node)
        return node

    def number(self, name: str) -> Any:
        return self(name, Value(round(self.rng.choice([-1, 1]) * self.rng.uniform(0.3, 1.9), 2)))

    def some(self, name: str, count: int) -> list[Any]:
        return [self.number(f"{name}{place}") for place in range(count)]

    def array(self, name: str, *shape: int) -> Any:
        return self(name, array(self.numbers.normal(size=shape).round(2)))

    def targets(self, rows: int, classes: int) -> list[int]:
        found = [self.rng.randrange(classes) for _ in range(rows)]
        return found if len(set(found)) > 1 or rows == 1 else [(found[0] + 1) % classes, *found[1:]]

    def truths(self, count: int) -> list[float]:
        return [round(self.rng.uniform(-1.0, 1.0), 2) for _ in range(count)]


Build = Callable[[Maker], tuple[Any, dict[str, Any]]]


def lecture(make: Maker) -> tuple[Any, dict[str, Any]]:
    a, b, c, f = (make.number(name) for name in "abcf")
    e = make("e", a * b)
    d = make("d", e + c)
    return d * f, {}


def neuron(make: Maker) -> tuple[Any, dict[str, Any]]:
    x1, x2, w1, w2, b = (make.number(name) for name in ("x1", "x2", "w1", "w2", "b"))
    n = make("n", x1 * w1 + x2 * w2 + b)
    o = make("o", n.tanh())
    return (o - 0.7) ** 2, {}


def reused(make: Maker) -> tuple[Any, dict[str, Any]]:
    a, b = make.number("a"), make.number("b")
    c = make("c", a * b)
    d = make("d", a.sin() + c * a)
    e = make("e", d * c - b)
    return e * e, {}


def linear_mse(make: Maker) -> tuple[Any, dict[str, Any]]:
    w, b = make.number("w"), make.number("b")
    xs, truths = make.some("x", 3), make.truths(3)
    guesses = [make(f"y{place}", w * x + b) for place, x in enumerate(xs)]
    return functional.mse_loss(guesses, truths), {"guesses": guesses, "truths": truths, "n": 3}


def cross_entropy(make: Maker) -> tuple[Any, dict[str, Any]]:
    logits, target = make.some("z", 3), make.rng.randrange(3)
    return functional.cross_entropy(logits, target), {"logits": [logits], "targets": [target]}


def by_division(make: Maker) -> tuple[Any, dict[str, Any]]:
    logits, target = make.some("z", 4), make.rng.randrange(4)
    exps = [z.exp() for z in logits]
    total = make("total", exps[0] + exps[1] + exps[2] + exps[3])
    return -(exps[target] / total).log(), {"logits": [logits], "targets": [target]}


def fused(make: Maker) -> tuple[Any, dict[str, Any]]:
    logits, target = make.some("z", 3), make.rng.randrange(3)
    return functional.cross_entropy(logits, target, fused=True), {"logits": [logits], "targets": [target]}


def batch(make: Maker) -> tuple[Any, dict[str, Any]]:
    rows = [make.some(f"z{row}", 3) for row in range(3)]
    targets = make.targets(3, 3)
    return functional.cross_entropy(rows, targets), {"logits": rows, "targets": targets}


def dropout(make: Maker) -> tuple[Any, dict[str, Any]]:
    hidden, weights = make.some("h", 4), make.some("w", 4)
    mask = [0.0 if place == make.rng.randrange(4) else 1.0 / 0.75 for place in range(4)]
    mask = [0.0, *mask[1:]] if 0.0 not in mask else mask
    kept = [make(f"k{place}", h * m) for place, (h, m) in enumerate(zip(hidden, mask))]
    out = make("out", sum((k * w for k, w in zip(kept[1:], weights[1:])), kept[0] * weights[0]))
    return (out - 0.5) ** 2, {"mask": dict(zip(hidden, mask)), "kept": kept}


def softmax_numbers(make: Maker) -> tuple[Any, dict[str, Any]]:
    logits, values = make.some("s", 3), make.some("v", 3)
    shares = [make(f"p{place}", p) for place, p in enumerate(functional.softmax(logits))]
    out = make("out", sum((p * v for p, v in zip(shares[1:], values[1:])), shares[0] * values[0]))
    return out * out, {}


def logsumexp_numbers(make: Maker) -> tuple[Any, dict[str, Any]]:
    xs = make.some("x", 3)
    total = xs[0].exp() + xs[1].exp() + xs[2].exp()
    lse = make("lse", total.log())
    return lse * make.number("c"), {"lse": (xs, lse)}


def linear_classifier(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w, b = make.array("X", 5, 3), make.array("W", 3, 4), make.array("b", 4)
    logits, targets = make("logits", x @ w + b), make.targets(5, 4)
    e = np.exp(logits)
    p = make("p", e / e.sum(1, keepdims=True))
    return -np.log(p[np.arange(5), targets]).mean(), {"logits": logits, "targets": targets}


def fused_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w = make.array("X", 4, 3), make.array("W", 3, 5)
    logits, targets = make("logits", x @ w), make.targets(4, 5)
    return functional.cross_entropy(logits, targets), {"logits": logits, "targets": targets}


def regression_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w, b, v = make.array("X", 5, 3), make.array("W", 3, 4), make.array("b", 4), make.array("V", 4, 3)
    h = make("h", np.tanh(x @ w + b))
    out, truths = make("out", h @ v), make.numbers.normal(size=(5, 3)).round(2)
    return ((out - truths) ** 2).mean(), {"guesses": out, "truths": truths, "n": 15}


def dropout_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w = make.array("X", 4, 3), make.array("W", 3, 5)
    mask = (make.numbers.uniform(size=(4, 5)) < 0.6) / 0.6
    h = make("h", np.maximum(x @ w, 0.0))
    k = make("k", h * mask)
    out = make("out", k @ make.array("V", 5, 2))
    return (out**2).sum(), {"mask": {h: mask}}


def rmsnorm_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, g, w = make.array("x", 4, 6), make.array("g", 6), make.array("W", 6, 3)
    y = make("y", x / np.sqrt((x * x).mean(1, keepdims=True)))
    out = make("out", (y * g) @ w)
    return (out**2).sum(), {"norm": ("rms", x, y, g)}


SEEN: dict[str, Build] = {
    "lecture": lecture,
    "neuron": neuron,
    "reused": reused,
    "linear mse": linear_mse,
    "cross-entropy": cross_entropy,
    "by division": by_division,
    "fused": fused,
    "batch": batch,
    "dropout": dropout,
    "softmax": softmax_numbers,
    "logsumexp": logsumexp_numbers,
    "linear classifier": linear_classifier,
    "fused arrays": fused_arrays,
    "regression arrays": regression_arrays,
    "dropout arrays": dropout_arrays,
    "rmsnorm arrays": rmsnorm_arrays,
}


def quotient(make: Maker) -> tuple[Any, dict[str, Any]]:
    a, b, c = (make.number(name) for name in "abc")
    q = make("q", a / b)
    r = make("r", (q + c).sigmoid())
    return r * q - c * a, {}


def relu_net(make: Maker) -> tuple[Any, dict[str, Any]]:
    xs = [make.number(f"x[{place}]") for place in range(2)]
    weights = [[make.number(f"W[{i}][{j}]") for j in range(2)] for i in range(2)]
    hidden = [make(f"h[{i}]", (row[0] * xs[0] + row[1] * xs[1]).tanh()) for i, row in enumerate(weights)]
    truths = make.truths(2)
    return functional.mse_loss(hidden, truths), {"guesses": hidden, "truths": truths, "n": 2}


def logistic(make: Maker) -> tuple[Any, dict[str, Any]]:
    w, b, losses = make.number("w"), make.number("b"), []
    for place, x in enumerate(make.some("x", 4)):
        p = make(f"p{place}", (w * x + b).sigmoid())
        losses.append(-(p if place % 2 else 1.0 - p).log())
    return (losses[0] + losses[1] + losses[2] + losses[3]) / 4, {}


def log_softmax(make: Maker) -> tuple[Any, dict[str, Any]]:
    logits, target = make.some("u", 4), make.rng.randrange(4)
    exps = [z.exp() for z in logits]
    lse = make("lse", (exps[0] + exps[1] + exps[2] + exps[3]).log())
    return lse - logits[target], {"logits": [logits], "targets": [target]}


def network_with_cross_entropy(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, weights, rows, targets = make.some("x", 2), make.some("w", 3), [], make.targets(2, 3)
    for row, one in enumerate(x):
        rows.append([make(f"o{row}{place}", one * w + 0.3) for place, w in enumerate(weights)])
    return functional.cross_entropy(rows, targets), {"logits": rows, "targets": targets}


def fused_batch(make: Maker) -> tuple[Any, dict[str, Any]]:
    rows, targets = [make.some(f"z{row}", 4) for row in range(2)], make.targets(2, 4)
    return functional.cross_entropy(rows, targets, fused=True), {"logits": rows, "targets": targets}


def masked_numbers(make: Maker) -> tuple[Any, dict[str, Any]]:
    hidden = [make(f"h{place}", x.tanh()) for place, x in enumerate(make.some("x", 3))]
    mask = [1.0, 0.0, 1.0] if make.rng.random() < 0.5 else [0.0, 1.0, 0.0]
    kept = [make(f"m{place}", h * m) for place, (h, m) in enumerate(zip(hidden, mask))]
    squares = [k * k * make.number(f"c{place}") + k for place, k in enumerate(kept)]
    return squares[0] + squares[1] + squares[2], {"mask": dict(zip(hidden, mask)), "kept": kept}


def classifier_with_layer(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w, v = make.array("X", 4, 3), make.array("W", 3, 6), make.array("V", 6, 3)
    h = make("h", np.tanh(x @ w))
    logits, targets = make("logits", h @ v), make.targets(4, 3)
    shifted = logits - logits.max(1, keepdims=True)
    logprobs = make("logprobs", shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))
    return -logprobs[np.arange(4), targets].mean(), {"logits": logits, "targets": targets}


def relu_regression(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w, v = make.array("x", 6, 2), make.array("W1", 2, 5), make.array("W2", 5)
    h = make("h", np.maximum(x @ w, 0.0))
    out, truths = make("pred", h @ v), make.numbers.normal(size=6).round(2)
    return ((out - truths) ** 2).mean(), {"guesses": out, "truths": truths, "n": 6}


def masked_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    a, w = make.array("a", 5, 4), make.array("w", 4, 3)
    keep = make.numbers.uniform(size=(5, 3)) < 0.6
    s = make("s", a @ w)
    m = make("m", np.where(keep, s, 0.5))
    return (np.tanh(m) * make.numbers.normal(size=(5, 3))).sum() + (m**2).mean(), {"mask": {s: keep * 1.0}}


def layernorm_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    x, w = make.array("x", 3, 5), make.array("W", 5, 4)
    c = x - x.mean(1, keepdims=True)
    y = make("xhat", c / np.sqrt((c * c).mean(1, keepdims=True)))
    out = make("out", np.tanh(y @ w))
    return (out**2).sum(), {"norm": ("layer", x, y, None)}


def logsumexp_arrays(make: Maker) -> tuple[Any, dict[str, Any]]:
    x = make.array("x", 4, 5)
    lse = make("lse", np.log(np.exp(x).sum(1)))
    return (lse * make.array("c", 4)).sum(), {"lse": (x, lse)}


UNSEEN: dict[str, Build] = {
    "quotient": quotient,
    "matrix of numbers": relu_net,
    "logistic": logistic,
    "log-softmax": log_softmax,
    "network with cross-entropy": network_with_cross_entropy,
    "fused batch": fused_batch,
    "masked numbers": masked_numbers,
    "classifier with a layer": classifier_with_layer,
    "relu regression": relu_regression,
    "masked arrays": masked_arrays,
    "layer norm": layernorm_arrays,
    "logsumexp of arrays": logsumexp_arrays,
}


def net(build: Build, seed: int) -> Net:
    """A graph of a family; the same seed gives the same graph."""
    make = Maker(seed)
    with manual():
        root, facts = build(make)
        make("L", root)
    return Net(root, dict(gradients(root)), make.named, facts)
