"""Right backward passes, drawn with a seed, as people write them down: exact, rounded, printed, in float32, with gaps.

A `Drawn` is one program, filled in rightly: no verdict on it may be WRONG. With a mistake planted at one node, which
the rest follows from, that node alone may be. The forward and the truth of a program are computed once, for all the
ways of writing it down.

A right set is what somebody has who keeps all digits, three to six significant ones, or three to six decimals; or who
copies what NumPy prints, which gives an array some decimals, or scientific notation where they would not do. To
decimals, small entries may become 0.0 beside others that do not. What would become 0.0 altogether is left blank, as
0.0 stands for nothing else. What has digits, but too few, may be asked for more, and is accused of nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from handgrad import Comparison, Value, compare, gradients, label, manual
from handgrad.arrays import array
from handgrad.arrays.edges import Edge
from handgrad.local import local_derivatives
from handgrad.verdict.rounding import Reference
from tests.graphs import random_graph

Rng = np.random.Generator
DIGITS = (3, 4, 5, 6)
DTYPES = (np.float64, np.float32)
NOISE = {np.float64: 1e-12, np.float32: 1e-7}
"""What is smaller is 0 but for float error, and may be written as 0.0."""


def _softmax(rng: Rng) -> Value:
    """A max-shifted softmax with equal largest logits, step by step."""
    rows, width = rng.integers(2, 5), rng.integers(2, 6)
    logits = rng.normal(size=(rows, width)).round(1)
    for row in logits[rng.random(rows) < 0.6]:
        row[rng.choice(width, 2, replace=False)] = row.max() + 0.3
    z = array(logits, "z")
    shifted = label(z - label(z.max(axis=1, keepdims=True), "zmax"), "shifted")
    e = label(np.exp(shifted), "e")
    p = label(e / label(e.sum(axis=1, keepdims=True), "total"), "p")
    logp = label(np.log(p), "logp")
    return -logp[np.arange(rows), rng.integers(0, width, rows)].mean()


def _batchnorm(rng: Rng) -> Value:
    rows, width = rng.integers(3, 7), rng.integers(1, 4)
    x, gain = array(rng.normal(size=(rows, width)) * 1.7, "x"), array(rng.uniform(1.2, 1.8, (1, width)), "gain")
    scale, b = array(rng.uniform(0.5, 2.0, (1, width)), "scale"), array(rng.normal(size=(1, width)), "b")
    h = label(x + label(scale * b, "shift"), "h")  # whose gradient is 0 but for float noise, and so are its factors'
    mean = label(h.mean(axis=0, keepdims=True), "mean")
    diff = label(h - mean, "diff")
    var = label(label(diff**2, "diff2").sum(axis=0, keepdims=True) / (rows - 1), "var")
    inv = label((var + 1e-5) ** -0.5, "inv")
    out = label(gain * label(diff * inv, "raw") + array(rng.normal(size=(1, width)), "bias"), "out")
    return (out * rng.normal(size=(rows, width))).sum()


def _mlp(rng: Rng) -> Value:
    n, inner = rng.integers(2, 6), rng.integers(2, 5)
    x, W = array(rng.normal(size=(n, 3)), "x"), array(rng.normal(size=(3, inner)), "W")
    b, V = array(rng.normal(size=inner), "b"), array(rng.normal(size=(inner, 2)), "V")
    h = label(label(x @ W + b, "pre").tanh(), "h")
    off = label(label(h @ V, "out") - rng.normal(size=(n, 2)), "off")
    return (off**2).mean()


def _attention(rng: Rng) -> Value:
    n, width = rng.integers(2, 5), rng.integers(2, 4)
    x = array(rng.normal(size=(n, width)), "x")
    q, k, v = (label(x @ array(rng.normal(size=(width, width)), f"W{name}"), name) for name in "qkv")
    scores = label(q @ k.T * width**-0.5, "scores")
    masked = label(np.where(np.tri(n) > 0, scores, -np.inf), "masked")
    e = label(np.exp(masked - masked.max(axis=1, keepdims=True)), "e")
    weights = label(e / e.sum(axis=1, keepdims=True), "weights")
    return (label(weights @ v, "out") * rng.normal(size=(n, width))).sum()


def _numbers(rng: Rng) -> Value:
    """A graph of numbers."""
    return random_graph(int(rng.integers(1 << 30)), leaves=4, steps=int(rng.integers(4, 24)))


def _max_pool(rng: Rng) -> Value:
    n = rng.integers(2, 4)
    x = array(rng.integers(-2, 3, (n, 3)) * 0.5, "x")
    h = label(label(x * array(rng.uniform(0.5, 2.0, (n, 1)), "scale"), "scaled").reshape(n, 3), "h")
    pooled = label(h.max(axis=1), "pooled")
    return (pooled * rng.normal(size=n)).sum() + (h * rng.normal(size=(n, 3))).sum()


def _layernorm(rng: Rng) -> Value:
    rows, width = rng.integers(2, 5), rng.integers(3, 6)
    x, c = array(rng.normal(size=(rows, width)) * 1.7, "x"), array(rng.normal(size=(rows, 1)), "c")
    h = label(x + label(label(c**2, "square") * 0.7, "shift"), "h")  # a shift of the row, which the norm takes away
    diff = label(h - label(h.mean(axis=1, keepdims=True), "mean"), "diff")
    var = label(label(diff**2, "diff2").mean(axis=1, keepdims=True), "var")
    norm = label(diff * label((var + 1e-5) ** -0.5, "inv"), "norm")
    gain, bias = array(rng.uniform(1.2, 1.8, width), "gain"), array(rng.normal(size=width), "bias")
    return (label(gain * norm + bias, "out") * rng.normal(size=(rows, width))).sum()


def _recurrence(rng: Rng) -> Value:
    width, steps = rng.integers(2, 4), rng.integers(2, 7)
    W, U = array(rng.normal(size=(width, width)), "W"), array(rng.normal(size=(2, width)), "U")
    h: Any = array(np.zeros((1, width)), "h0")
    for step in range(steps):
        h = label((h @ W + rng.normal(size=(1, 2)) @ U).tanh(), f"h{step + 1}")
    return (h * rng.normal(size=(1, width))).sum()


def _cross_entropy(rng: Rng) -> Value:
    """By logsumexp, over classes some of which are masked out."""
    rows, width = rng.integers(2, 5), rng.integers(3, 6)
    z, bias = array(rng.normal(size=(rows, width)), "z"), array(rng.normal(size=(rows, 1)), "bias")
    shifted = label(z + bias, "logits")
    mask = np.ones((rows, width), dtype=bool)
    mask[np.arange(rows), rng.integers(1, width, rows)] = False
    masked = label(np.where(mask, shifted, -np.inf), "masked")
    largest = label(masked.max(axis=1), "largest")
    total = label(np.exp(masked - largest[:, None]).sum(axis=1), "total")
    return (label(np.log(total) + largest, "lse") - shifted[:, 0]).mean()


def _embedding(rng: Rng) -> Value:
    table = array(rng.normal(size=(4, 3)), "table")
    emb = label(table[rng.integers(0, 4, (2, 3))], "emb")
    W = array(rng.normal(size=(9, 2)), "W")
    out = label(label(emb.reshape(2, 9), "flat") @ W, "out")
    return label(out.tanh(), "act").sum() + (emb * emb).mean()


def _value_softmax(rng: Rng) -> Value:
    """The softmax and its loss, number by number."""
    logits = [Value(number, f"z{i}") for i, number in enumerate(rng.normal(size=rng.integers(2, 6)).round(2))]
    shifted = [label(z + Value(0.25, "c"), f"s{i}") for i, z in enumerate(logits)]
    exps = [label(s.exp(), f"e{i}") for i, s in enumerate(shifted)]
    total = exps[0]
    for e in exps[1:]:
        total = total + e
    return label(-(exps[rng.integers(len(exps))] / label(total, "total")).log(), "L")


def _extremes(rng: Rng) -> Value:
    x, y = array(rng.integers(-2, 3, (3, 3)) * 0.5, "x"), array(rng.normal(size=(3, 3)), "y")
    low = label((x * 1.5).min(axis=0), "low")
    spread = label(label(x + y, "both").var(axis=0), "spread")
    return (low * rng.normal(size=3)).sum() + (np.sqrt(spread) * rng.normal(size=3)).sum() + abs(x * y).mean()


def _binary(rng: Rng) -> Value:
    """A logistic regression, its sigmoid step by step."""
    n = rng.integers(3, 7)
    w, b = array(rng.normal(size=2), "w"), Value(0.3, "b")
    z = label(label(array(rng.normal(size=(n, 2)), "X") @ w, "lin") + b, "z")
    p = label(1.0 / label(1.0 + label(np.exp(-z), "e"), "d"), "p")
    y = (rng.random(n) < 0.5) * 1.0
    return -(y * label(np.log(p), "lp") + (1.0 - y) * label(np.log(1.0 - p), "lq")).mean()


def _neuron(rng: Rng) -> Value:
    """One neuron, number by number; it may be saturated, and its gradients small."""
    total = Value(round(float(rng.normal()), 2), "b")
    for i, (x, w) in enumerate(rng.normal(size=(rng.integers(2, 5), 2)).round(2).tolist()):
        total = label(total + label(Value(x, f"x{i}") * Value(w, f"w{i}"), f"p{i}"), f"s{i}")
    return label((label(total.tanh(), "o") - 0.5) ** 2, "L")


PROGRAMS: dict[str, Callable[[Rng], Value]] = {
    "softmax": _softmax,
    "batchnorm": _batchnorm,
    "mlp": _mlp,
    "attention": _attention,
    "numbers": _numbers,
    "max_pool": _max_pool,
    "layernorm": _layernorm,
    "recurrence": _recurrence,
    "cross_entropy": _cross_entropy,
    "embedding": _embedding,
    "value_softmax": _value_softmax,
    "extremes": _extremes,
    "binary": _binary,
    "neuron": _neuron,
}


class Style(NamedTuple):
    """How somebody writes gradients down.

    Attributes:
        rounding: "exact", "digits" for significant ones, "decimals", or "printed", as NumPy prints.
        kept: how many of them.
        dtype: in which they are held.
        goes_on: whether the pass goes on from what was written, and not from all digits.
        blanks: the share of nodes left blank.
        is_noisy: whether float noise is another than ours, as of another order of summation.
    """

    rounding: str = "exact"
    kept: int = 17
    dtype: Any = np.float64
    goes_on: bool = False
    blanks: float = 0.0
    is_noisy: bool = True

    def write(self, gradient: Any) -> Any:
        """The gradient as it is written, in its dtype; None where nothing would be left of it."""
        numbers = np.asarray(gradient, dtype=float)
        sizes = np.abs(numbers[numbers != 0.0])
        rounded = np.round(numbers, self.kept)
        if self.rounding == "decimals" and sizes.max(initial=0.0) > NOISE[self.dtype] and not rounded.any():
            return None
        digits = self.kept - (self.rounding == "digits")
        is_scientific = sizes.size and (sizes.min() < 10.0**-self.kept or sizes.max() > 1000.0 * sizes.min())
        if self.rounding == "digits" or (self.rounding == "printed" and is_scientific):
            rounded = np.array([float(f"{one:.{digits}e}") for one in numbers.ravel().tolist()]).reshape(numbers.shape)
        elif self.rounding == "exact":
            rounded = numbers
        written = rounded.astype(self.dtype)
        return written if written.shape else float(written) if self.dtype is np.float64 else written[()]


def draw_style(rng: Rng) -> Style:
    rounding = str(rng.choice(["exact", "digits", "decimals", "printed"]))
    blanks = float(rng.choice([0.0, 0.0, 0.3, 0.6]))
    dtype = DTYPES[rng.integers(2)]
    return Style(rounding, int(rng.choice(DIGITS)), dtype, bool(rng.integers(2)), blanks, bool(rng.integers(2)))


class Drawn(NamedTuple):
    """A program that is filled in, until the next one is drawn.

    Attributes:
        root: where backward starts.
        culprit: the node of a planted mistake, None for none.
        nodes: those filled in.
        true: the true gradients.
    """

    root: Value
    culprit: Value | None
    nodes: list[Value]
    true: Reference

    def compare(self) -> Comparison:
        return compare(self.root, nodes=self.nodes, reference=self.true)


class _Program:
    """A program at a seed, with all that does not depend on how it is filled in.

    Attributes:
        root: where backward starts.
        true: the true gradients, in backward order.
        asked: the nodes that are filled in.
    """

    def __init__(self, name: str, seed: int) -> None:
        rng = np.random.default_rng([seed, *name.encode()])
        with manual():
            self.root = PROGRAMS[name](rng)
        self._state = rng.bit_generator.state
        self.true = Reference(gradients(self.root), is_own=True)
        has_arrays = any(node.shape for node in self.true)
        self.asked = [node for node in self.true if not node.is_constant and (node.label or not has_arrays)]
        self._locals: dict[tuple[Value, int], Any] = {}

    def rng(self) -> Rng:
        """Return the generator, as the program has left it."""
        found = np.random.default_rng()
        found.bit_generator.state = self._state
        return found

    def locals_of(self, node: Value, choose_tie: int) -> Any:
        """Return the local derivatives of a node, with a choice among equal entries."""
        key = node, choose_tie if getattr(node.op, "ties", None) is not None else 0
        if key not in self._locals:
            self._locals[key] = _locals(*key)
        return self._locals[key]


_program = lru_cache(maxsize=2)(_Program)


def draw(program: str, seed: int, style: Style, mistake: float | None = None, turn: int = 0) -> Drawn | None:
    """A right set, or one with a gradient times `mistake` that the rest follows from; None where none can be planted.

    Of equal entries in a maximum the first, the last, or all in equal shares have the gradient. Each `turn` leaves
    other nodes blank.
    """
    drawn = _program(program, seed)
    root, true, rng = drawn.root, drawn.true, drawn.rng() if not turn else np.random.default_rng([seed, turn])
    inner = [node for node in drawn.asked if node is not root and np.abs(true[node]).max(initial=0.0) > 1e-3]
    if mistake is not None and not inner:
        return None
    culprit = random.Random(seed + turn).choice(inner) if mistake is not None else None
    choose_tie = int(rng.integers(3))
    own: dict[Value, Any] = dict.fromkeys(true, 0.0)
    own[root] = 1.0
    asked, filled = set(drawn.asked), []
    for node in true:
        node.grad = None
        gradient = own[node]
        if node is culprit:
            gradient = gradient * mistake
        if style.is_noisy and node is not root:
            gradient = gradient * (1.0 + 1e-16 * rng.integers(-2, 3, np.shape(gradient)))
        if style.dtype is np.float32:
            gradient = np.asarray(gradient, dtype=np.float32).astype(float)
            gradient = gradient if gradient.shape else float(gradient)
        is_blank = node not in asked or (node is not culprit and rng.random() < style.blanks)
        written = None if is_blank else style.write(gradient)
        if written is not None:
            node.grad = written
            filled.append(node)
            if style.goes_on:
                gradient = np.asarray(node.grad, dtype=float)
                gradient = gradient if gradient.shape else float(gradient)
        for operand, local in zip(node.operands, drawn.locals_of(node, choose_tie)):
            own[operand] = own[operand] + gradient * local
    return Drawn(root, culprit, filled, true) if filled and culprit in [None, *filled] else None


def _locals(node: Value, choose_tie: int) -> Any:
    locals_ = local_derivatives(node)
    ties = getattr(node.op, "ties", None)
    if ties is None or not choose_tie:
        return locals_
    x = np.asarray(node.operands[0].data)
    if choose_tie == 1:
        (flipped,) = node.op._local(np.flip(x), np.flip(node.data))  # type: ignore[union-attr]
        return (Edge(locals_[0].spread, np.flip(flipped.coefficient)),)
    is_equal, total = ties(x, node.data)
    share = is_equal / np.maximum(total(is_equal * 1.0), 1.0)
    return (Edge(locals_[0].spread, share),)


def accused(drawn: Drawn) -> list[str]:
    """The names of nodes that are called WRONG and are not; those asked for more digits apart."""
    comparison = drawn.compare()
    return [one.name for one in comparison.causes if one.node is not drawn.culprit and not one.rounded]


def is_seen(drawn: Drawn) -> bool:
    assert drawn.culprit is not None
    return bool(drawn.compare()[drawn.culprit].status.value == "wrong")
