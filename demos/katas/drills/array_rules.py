"""The operations on arrays that practice asks about: forward, right gradients, and what one entry does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LOSS = "loss"
"""A result of this name is where the pass starts; of any other, the gradient is given."""


@dataclass(frozen=True)
class Step:
    """One named array of the forward pass.

    Attributes:
        name: what it is called.
        axes: its axes: "n D".
        text: how it is written.
        reads: the names of what it is made of.
        make: takes those, and returns it.
    """

    name: str
    axes: str
    text: str
    reads: tuple[str, ...]
    make: Callable[..., Any]


@dataclass(frozen=True)
class Rule:
    """One small graph, and what is right for it.

    Attributes:
        level: a key of `ARRAY_LEVELS`.
        leaves: the arrays that it starts from, each with its axes: "n D".
        steps: what is made of them, the result last.
        answers: the gradient of each array that may be asked for, as an expression.
        entry: one entry of the result, written out.
        sums: of an array that may be asked for, the axis that is summed over on the way to its gradient.
        indices: the arrays of whole numbers, each with its axes and the axis that it points into.
        is_positive: whether the leaves are above 0.
    """

    level: int
    leaves: Mapping[str, str]
    steps: tuple[Step, ...]
    answers: Mapping[str, str]
    entry: str
    indices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_positive: bool = False
    sums: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What it is called in a test."""
        return "; ".join(f"{step.name} = {step.text}" for step in self.steps)

    def rename(self, names: Mapping[str, str]) -> Rule:
        """Return the same rule with other names of arrays and axes."""

        def new(text: str) -> str:
            return re.sub(r"\b(d?)([A-Za-z]+)\b", lambda found: found[1] + names.get(found[2], found[2]), text)

        return Rule(
            self.level,
            {new(name): new(axes) for name, axes in self.leaves.items()},
            tuple(
                Step(new(step.name), new(step.axes), new(step.text), tuple(map(new, step.reads)), step.make)
                for step in self.steps
            ),
            {new(name): new(text) for name, text in self.answers.items()},
            new(self.entry),
            {new(name): (new(axes), new(into)) for name, (axes, into) in self.indices.items()},
            self.is_positive,
            {new(name): new(axis) for name, axis in self.sums.items()},
        )


def _step(written: str, axes: str, reads: tuple[str, ...], make: Callable[..., Any]) -> Step:
    """Return a step that is written "y = x * w"."""
    name, _, text = written.partition(" = ")
    return Step(name, axes, text, reads, make)


def _rule(
    level: int,
    leaves: Mapping[str, str],
    made: str,
    make: Callable[..., Any],
    answers: Mapping[str, str],
    entry: str,
    axes: str,
    **more: Any,
) -> Rule:
    """Return a rule of one step, which reads all there is."""
    step = _step(made, axes, (*leaves, *more.get("indices", ())), make)
    return Rule(level, leaves, (step,), answers, entry, **more)


def _softmax(z: Any) -> Any:
    exps = np.exp(z)
    return exps / exps.sum(1, keepdims=True)


_SOFTMAX = _step("p = np.exp(z) / np.exp(z).sum(1, keepdims=True)", "n D", ("z",), _softmax)
_BOTH = {"x": "n D", "w": "n D"}
_X = {"x": "n D"}

RULES = (
    _rule(5, _BOTH, "y = x * w", lambda x, w: x * w, {"x": "dy * w", "w": "dy * x"},
          "y[i, j] = x[i, j] * w[i, j]", "n D"),
    _rule(5, _BOTH, "y = x / w", lambda x, w: x / w, {"x": "dy / w", "w": "-dy * x / w**2"},
          "y[i, j] = x[i, j] / w[i, j]", "n D"),
    _rule(5, _BOTH, "y = x - w", lambda x, w: x - w, {"w": "-dy"}, "y[i, j] = x[i, j] - w[i, j]", "n D"),
    _rule(5, _X, "y = np.tanh(x)", np.tanh, {"x": "dy * (1 - y**2)"}, "y[i, j] = tanh(x[i, j])", "n D"),
    _rule(5, _X, "y = np.exp(x)", np.exp, {"x": "dy * y"}, "y[i, j] = exp(x[i, j])", "n D"),
    _rule(5, _X, "y = x ** 2", lambda x: x**2, {"x": "dy * 2 * x"}, "y[i, j] = x[i, j]**2", "n D"),
    _rule(5, _X, "y = np.log(x)", np.log, {"x": "dy / x"}, "y[i, j] = log(x[i, j])", "n D",
          is_positive=True),
    _rule(5, _X, "y = 1 / (1 + np.exp(-x))", lambda x: 1.0 / (1.0 + np.exp(-x)), {"x": "dy * y * (1 - y)"},
          "y[i, j] = sigmoid(x[i, j])", "n D"),

    _rule(6, {**_X, "b": "D"}, "y = x + b", lambda x, b: x + b, {"b": "dy.sum(0)"},
          "y[i, j] = x[i, j] + b[j]", "n D", sums={"b": "n"}),
    _rule(6, {**_X, "g": "D"}, "y = x * g", lambda x, g: x * g, {"g": "(dy * x).sum(0)", "x": "dy * g"},
          "y[i, j] = x[i, j] * g[j]", "n D", sums={"g": "n"}),
    _rule(6, {**_X, "s": "n 1"}, "y = x * s", lambda x, s: x * s, {"s": "(dy * x).sum(1, keepdims=True)"},
          "y[i, j] = x[i, j] * s[i, 0]", "n D", sums={"s": "D"}),
    _rule(6, {**_X, "c": "1 D"}, "y = x - c", lambda x, c: x - c, {"c": "-dy.sum(0, keepdims=True)"},
          "y[i, j] = x[i, j] - c[0, j]", "n D", sums={"c": "n"}),
    _rule(6, {**_X, "t": "n 1"}, "y = x / t", lambda x, t: x / t,
          {"t": "-(dy * x / t**2).sum(1, keepdims=True)", "x": "dy / t"}, "y[i, j] = x[i, j] / t[i, 0]", "n D",
          sums={"t": "D"}),
    _rule(6, _X, "s = x.sum(0)", lambda x: x.sum(0), {"x": "ds * np.ones_like(x)"}, "s[j] = the sum of x[:, j]", "D"),
    _rule(6, _X, "s = x.sum(1)", lambda x: x.sum(1), {"x": "ds[:, None] * np.ones_like(x)"},
          "s[i] = the sum of x[i, :]", "n"),
    _rule(6, _BOTH, "s = (x * w).sum(1)", lambda x, w: (x * w).sum(1), {"x": "ds[:, None] * w"},
          "s[i] = the sum over j of x[i, j] * w[i, j]", "n"),

    _rule(7, {**_X, "W": "D H"}, "y = x @ W", lambda x, W: x @ W, {"x": "dy @ W.T", "W": "x.T @ dy"},
          "y[i, j] = the sum over k of x[i, k] * W[k, j]", "n H", sums={"x": "H", "W": "n"}),
    _rule(7, {"q": "n D", "k": "H D"}, "s = q @ k.T", lambda q, k: q @ k.T, {"q": "ds @ k", "k": "ds.T @ q"},
          "s[i, j] = the sum over d of q[i, d] * k[j, d]", "n H", sums={"q": "H", "k": "n"}),
    _rule(7, {"A": "H n", **_X}, "y = A @ x", lambda A, x: A @ x, {"A": "dy @ x.T", "x": "A.T @ dy"},
          "y[i, j] = the sum over k of A[i, k] * x[k, j]", "H D", sums={"A": "D", "x": "H"}),
    _rule(7, {**_X, "v": "D"}, "y = x @ v", lambda x, v: x @ v, {"v": "x.T @ dy", "x": "dy[:, None] * v"},
          "y[i] = the sum over k of x[i, k] * v[k]", "n", sums={"v": "n"}),
    _rule(7, {**_X, "w": "n H"}, "y = x.T @ w", lambda x, w: x.T @ w, {"x": "w @ dy.T", "w": "x @ dy"},
          "y[i, j] = the sum over k of x[k, i] * w[k, j]", "D H", sums={"x": "H", "w": "D"}),

    _rule(8, _X, "m = x.mean(0)", lambda x: x.mean(0), {"x": "dm / n * np.ones_like(x)"},
          "m[j] = the sum of x[:, j], over n", "D"),
    _rule(8, _X, "m = x.mean(1)", lambda x: x.mean(1), {"x": "dm[:, None] / D * np.ones_like(x)"},
          "m[i] = the sum of x[i, :], over D", "n"),
    _rule(8, _X, "m = (x ** 2).mean(1, keepdims=True)", lambda x: (x**2).mean(1, keepdims=True),
          {"x": "dm * 2 * x / D"}, "m[i, 0] = the sum over j of x[i, j]**2, over D", "n 1"),
    _rule(8, {"e": "n D"}, "loss = (e ** 2).mean()", lambda e: (e**2).mean(), {"e": "2 * e / (n * D)"},
          "loss = the sum of all e[i, j]**2, over n*D", ""),
    _rule(8, {**_X, "t": "n D"}, "loss = ((x - t) ** 2).sum() / n",
          lambda x, t: ((x - t) ** 2).sum() / x.shape[0], {"x": "2 * (x - t) / n"},
          "loss = the sum of all (x[i, j] - t[i, j])**2, over n", ""),
    _rule(8, _X, "c = x - x.mean(0)", lambda x: x - x.mean(0), {"x": "dc - dc.mean(0)"},
          "c[i, j] = x[i, j] - the mean of x[:, j]: x[i, j] is used in it, and in the mean", "n D", sums={"x": "n"}),

    Rule(9, {"z": "n D"}, (_SOFTMAX,), {"z": "p * (dp - (dp * p).sum(1, keepdims=True))"},
         "p[i, j] = exp(z[i, j]) / the sum of exp(z[i, :]): z[i, j] is in all of its row", sums={"z": "D"}),
    Rule(9, {"z": "n D"},
         (_SOFTMAX, _step("loss = -np.log(p[range(n), y]).mean()", "", ("p", "y"),
                          lambda p, y: -np.log(p[range(len(y)), y]).mean())),
         {"z": "(p - np.eye(D)[y]) / n"},
         "Of one row, with y the place of its class: loss = log(the sum of exp(z)) - z[y]",
         indices={"y": ("n", "D")}),
    Rule(9, {"z": "n D"}, (_SOFTMAX, _step("q = np.log(p)", "n D", ("p",), np.log)),
         {"z": "dq - p * dq.sum(1, keepdims=True)"},
         "q[i, j] = z[i, j] - log(the sum of exp(z[i, :])): z[i, j] is in all of its row", sums={"z": "D"}),
    _rule(9, {"e": "n D"}, "p = e / e.sum(1, keepdims=True)", lambda e: e / e.sum(1, keepdims=True),
          {"e": "(dp - (dp * p).sum(1, keepdims=True)) / e.sum(1, keepdims=True)"},
          "p[i, j] = e[i, j] / the sum of e[i, :]: e[i, j] is above the line, and in the sum under all of its row",
          "n D", is_positive=True, sums={"e": "D"}),

    _rule(10, _X, "y = np.maximum(x, 0)", lambda x: np.maximum(x, 0.0), {"x": "dy * (x > 0)"},
          "y[i, j] = x[i, j] where that is above 0, else 0", "n D"),
    _rule(10, _BOTH, "y = np.maximum(x, w)", np.maximum, {"x": "dy * (x > w)", "w": "dy * (w > x)"},
          "y[i, j] = the larger one of x[i, j] and w[i, j]", "n D"),
    _rule(10, _X, "m = x.max(1)", lambda x: x.max(1), {"x": "dm[:, None] * (x == m[:, None])"},
          "m[i] = the largest of x[i, :]; the others of its row do not move it", "n"),
    _rule(10, {"p": "n D"}, "picked = p[range(n), y]", lambda p, y: p[range(len(y)), y],
          {"p": "dp[range(n), y] = dpicked"}, "picked[i] = p[i, y[i]]; the others of its row are not read", "n",
          indices={"y": ("n", "D")}),
    _rule(10, {"C": "H D"}, "emb = C[X]", lambda C, X: C[X], {"C": "np.add.at(dC, X, demb)"},
          "emb[i] = C[X[i]]; some rows of C are read more than once", "n D", indices={"X": ("n", "H")}),
    _rule(10, _X, "y = x[1:]", lambda x: x[1:], {"x": "dx[1:] = dy"}, "y[i] = x[i + 1]; x[0] is not read", "n-1 D"),
)  # fmt: skip

_INNER = ("y = x @ W", "y = x * g", "y = x + b", "y = np.tanh(x)", "y = x * w", "y = x ** 2", "y = np.exp(x)")
_OUTER = (
    "y = np.tanh(x)", "m = x.mean(0)", "m = x.mean(1)", "y = x @ W", "y = x * g", "y = np.maximum(x, 0)",
    "m = x.max(1)", "s = x.sum(1)", "c = x - x.mean(0)",
)  # fmt: skip
_ALIKE = {
    *(("y = x + b", second) for second in ("m = x.mean(0)", "m = x.mean(1)", "s = x.sum(1)", "c = x - x.mean(0)")),
    *((first, "y = np.maximum(x, 0)") for first in ("y = x ** 2", "y = np.exp(x)")),
}
"""Rules that do not go in a row: a gradient is the same all along an axis, or 0, or a mask blocks nothing."""
_APART = {"W": "V", "g": "f", "b": "c", "w": "u"}
"""What an array of the second rule is called where the first has one of its name."""


def rules_of(level: int) -> list[Rule]:
    """Return the rules of a level below the last."""
    return [rule for rule in RULES if rule.level == level]


def chain(inner: Rule, outer: Rule) -> Rule:
    """Return both rules in a row: what the first makes is h, and goes into the second as its x."""
    names = names_in_chain(inner, outer)
    first, second = inner.rename(names[0]), outer.rename(names[1])
    leaves = {**first.leaves, **{name: axes for name, axes in second.leaves.items() if name != "h"}}
    answers = {"h": second.answers["h"], **first.answers}
    sums = {**first.sums, **({"h": second.sums["h"]} if "h" in second.sums else {})}
    entry = f"{first.entry}; {second.entry}"
    return Rule(11, leaves, (*first.steps, *second.steps), answers, entry, sums=sums)


def names_in_chain(inner: Rule, outer: Rule) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the arrays and axes of two rules in a row are called."""
    width = inner.steps[-1].axes.split()[1]
    apart = {name: _APART[name] for name in outer.leaves if name in inner.leaves and name != "x"}
    return {"y": "h"}, {"x": "h", "D": width, "H": "K" if width == "H" else "H", **apart}


def pairs() -> list[tuple[Rule, Rule]]:
    """Return the rules that go in a row, for the last level."""
    by_key = {rule.key: rule for rule in RULES}
    return [(by_key[first], by_key[second]) for first in _INNER for second in _OUTER if (first, second) not in _ALIKE]
