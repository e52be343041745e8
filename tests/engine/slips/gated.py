"""A block as of later language models, few of its steps named: RMS norm, heads by einsum, dropout, a gated MLP."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .lesson import Lesson, Mistake, Namer, Rule
from .transformer import by_rows, softmax, through_softmax

BATCH, TOKENS, WIDTH, HEADS, WORDS, HIDDEN = 3, 6, 8, 2, 9, 12
HEAD = WIDTH // HEADS
COUNT = BATCH * TOKENS

_RNG = np.random.default_rng(5)
X, Y = _RNG.integers(0, WORDS, (BATCH, TOKENS)), _RNG.integers(0, WORDS, (BATCH, TOKENS))
DROPOUT = (_RNG.random((BATCH, TOKENS, WIDTH)) > 0.3) / 0.7
MASK = np.where(np.tril(np.ones((TOKENS, TOKENS))) > 0.0, 0.0, -1e4)
TARGETS = np.eye(WORDS)[Y]
EPSILON = 1e-6


def leaves() -> dict[str, Any]:
    normal = np.random.default_rng(0).normal
    return {
        "E": 0.6 * normal(size=(WORDS, WIDTH)), "P": 0.3 * normal(size=(TOKENS, WIDTH)),
        "Wqkv": 0.45 * normal(size=(WIDTH, 3 * WIDTH)), "Wo": 0.35 * normal(size=(WIDTH, WIDTH)),
        "gain1": 1.0 + 0.3 * normal(size=WIDTH), "gain2": 1.0 + 0.3 * normal(size=WIDTH),
        "Wg": 0.35 * normal(size=(WIDTH, HIDDEN)), "Wu": 0.35 * normal(size=(WIDTH, HIDDEN)),
        "Wd": 0.3 * normal(size=(HIDDEN, WIDTH)),
    }  # fmt: skip


def sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def rms(x: Any) -> Any:
    return ((x * x).mean(-1, keepdims=True) + EPSILON) ** 0.5


def forward(leaf: Mapping[str, Any], name: Namer) -> SimpleNamespace:
    x = SimpleNamespace(**leaf)

    def named(text: str, made: Any) -> Any:
        setattr(x, text, name(text, made))
        return made

    e = named("e", leaf["E"][X] + leaf["P"])
    qkv = named("qkv", named("n1", e / rms(e) * leaf["gain1"]) @ leaf["Wqkv"])
    for place, letter in enumerate("qkv"):
        part = qkv[..., place * WIDTH : (place + 1) * WIDTH]
        named(letter, part.reshape(BATCH, TOKENS, HEADS, HEAD))
    scores = named("scores", np.einsum("bthd,bshd->bhts", x.q, x.k) / HEAD**0.5 + MASK)
    o = named("o", np.einsum("bhts,bshd->bthd", named("p", softmax(scores)), x.v))
    y = named("y", o.reshape(BATCH, TOKENS, WIDTH) @ leaf["Wo"])
    r = named("r", e + named("dropped", y * DROPOUT))
    n2 = named("n2", r / rms(r) * leaf["gain2"])
    a = named("a", n2 @ leaf["Wg"])
    gate = named("gate", named("act", a * sigmoid(a)) * named("u", n2 @ leaf["Wu"]))
    logits = named("logits", named("z", r + named("m", gate @ leaf["Wd"])) @ leaf["E"].T)
    total = np.log(np.exp(logits).sum(-1))
    x.loss = (total - logits[np.arange(BATCH)[:, None], np.arange(TOKENS), Y]).mean()
    return x


def back_through_rms(x: Any, g: Any, gain: Any = 1.0, spread: float = 1.0) -> Any:
    raw = x / rms(x)
    return (g * gain - spread * raw * (g * gain * raw).mean(-1, keepdims=True)) / rms(x)


def in_one(*parts: Any) -> Any:
    return np.concatenate([part.reshape(BATCH, TOKENS, WIDTH) for part in parts], axis=-1)


def silu_slope(a: Any) -> Any:
    return sigmoid(a) * (1.0 + a * (1.0 - sigmoid(a)))


def looked_up(gradient: Any) -> Any:
    found = np.zeros((WORDS, WIDTH))
    np.add.at(found, X, gradient)
    return found


RULES: dict[str, Rule] = {
    "logits": lambda x, d: (softmax(x.logits) - TARGETS) / COUNT,
    "z": lambda x, d: d.logits @ x.E,
    "m": lambda x, d: d.z,
    "Wd": lambda x, d: by_rows(x.gate, d.m),
    "gate": lambda x, d: d.m @ x.Wd.T,
    "act": lambda x, d: d.gate * x.u,
    "u": lambda x, d: d.gate * x.act,
    "a": lambda x, d: d.act * silu_slope(x.a),
    "Wg": lambda x, d: by_rows(x.n2, d.a),
    "Wu": lambda x, d: by_rows(x.n2, d.u),
    "n2": lambda x, d: d.a @ x.Wg.T + d.u @ x.Wu.T,
    "gain2": lambda x, d: (d.n2 * x.r / rms(x.r)).sum((0, 1)),
    "r": lambda x, d: d.z + back_through_rms(x.r, d.n2, x.gain2),
    "dropped": lambda x, d: d.r,
    "y": lambda x, d: d.dropped * DROPOUT,
    "Wo": lambda x, d: by_rows(x.o.reshape(BATCH, TOKENS, WIDTH), d.y),
    "o": lambda x, d: (d.y @ x.Wo.T).reshape(BATCH, TOKENS, HEADS, HEAD),
    "p": lambda x, d: np.einsum("bthd,bshd->bhts", d.o, x.v),
    "v": lambda x, d: np.einsum("bhts,bthd->bshd", x.p, d.o),
    "scores": lambda x, d: through_softmax(x.p, d.p),
    "q": lambda x, d: np.einsum("bhts,bshd->bthd", d.scores, x.k) / HEAD**0.5,
    "k": lambda x, d: np.einsum("bhts,bthd->bshd", d.scores, x.q) / HEAD**0.5,
    "qkv": lambda x, d: in_one(d.q, d.k, d.v),
    "Wqkv": lambda x, d: by_rows(x.n1, d.qkv),
    "n1": lambda x, d: d.qkv @ x.Wqkv.T,
    "gain1": lambda x, d: (d.n1 * x.e / rms(x.e)).sum((0, 1)),
    "e": lambda x, d: d.r + back_through_rms(x.e, d.n1, x.gain1),
    "P": lambda x, d: d.e.sum(0),
    "E": lambda x, d: looked_up(d.e) + by_rows(d.logits, x.z),
}

MISTAKES = (
    Mistake("logits", ("missing-path",), "the softmax alone", lambda x, d: softmax(x.logits) / COUNT),
    Mistake("logits", ("one-hot",), "not divided by 18", lambda x, d: softmax(x.logits) / COUNT - TARGETS),
    Mistake("logits", ("factor",), "1/n of 'mean'", lambda x, d: softmax(x.logits) - TARGETS),
    Mistake("logits", ("sign",), "extra minus", lambda x, d: (TARGETS - softmax(x.logits)) / COUNT),
    Mistake("Wd", ("not-summed",), "of m is there", lambda x, d: x.gate[:, -1].T @ d.m[:, -1]),
    Mistake("act", ("swapped",), "other operand, u", lambda x, d: d.gate * x.act),
    Mistake("act", ("forgot-local",), "'\\*' in gate", lambda x, d: d.gate),
    Mistake("a", ("missing-path",), "sigmoid\\(a\\) alone", lambda x, d: d.act * sigmoid(x.a)),
    Mistake("a", ("rule",), "the 'sigmoid' in it", lambda x, d: d.act * sigmoid(x.a) * (1.0 - sigmoid(x.a))),
    Mistake("n2", ("missing-path",), "you left out what comes from u", lambda x, d: d.a @ x.Wg.T),
    Mistake("n2", ("rule",), "computed from Wg", lambda x, d: (d.a + d.u) @ x.Wg.T),
    Mistake("Wu", ("wrong-upstream",), "the gradient of a", lambda x, d: by_rows(x.n2, d.a)),
    Mistake("gain2", ("forgot-local",), "'\\*' in n2", lambda x, d: d.n2.sum((0, 1))),
    Mistake("gain2", ("rule",), "computed from r", lambda x, d: (d.n2 * x.r).sum((0, 1))),
    Mistake(
        "r", ("missing-path",), "you left out what comes from z", lambda x, d: back_through_rms(x.r, d.n2, x.gain2)
    ),
    Mistake("r", ("missing-path",), "mean square of r", lambda x, d: d.z + back_through_rms(x.r, d.n2, x.gain2, 0.0)),
    Mistake("r", ("sign",), "mean square of r has", lambda x, d: d.z + back_through_rms(x.r, d.n2, x.gain2, -1.0)),
    Mistake("r", ("forgot-local",), "gain2 is not", lambda x, d: d.z + back_through_rms(x.r, d.n2)),
    Mistake("r", ("rule",), "gain2 .* after", lambda x, d: d.z + x.gain2 * back_through_rms(x.r, d.n2)),
    Mistake("y", ("forgot-local",), "apply the mask", lambda x, d: d.dropped),
    Mistake("y", ("factor",), "mask of '\\*' in dropped", lambda x, d: d.dropped * (DROPOUT > 0.0)),
    Mistake("o", ("transposed",), "Wo has a transpose", lambda x, d: (d.y @ x.Wo).reshape(x.o.shape)),
    Mistake("v", ("transposed",), "back through o, axes of p", lambda x, d: np.einsum("bhst,bthd->bshd", x.p, d.o)),
    Mistake("scores", ("missing-path",), "in its own place", lambda x, d: x.p * (1.0 - x.p) * d.p),
    Mistake("q", ("factor",), "constant of '/'", lambda x, d: np.einsum("bhts,bshd->bthd", d.scores, x.k)),
    Mistake("q", ("factor",), "in twice", lambda x, d: np.einsum("bhts,bshd->bthd", d.scores, x.k) / HEAD),
    Mistake("k", ("rule",), "computed from k", lambda x, d: np.einsum("bhts,bthd->bshd", d.scores, x.k) / HEAD**0.5),
    Mistake("qkv", ("transposed",), "in its own place", lambda x, d: in_one(d.k, d.q, d.v)),
    Mistake("qkv", ("missing-path",), "you left out what comes from v", lambda x, d: in_one(d.q, d.k, 0.0 * d.v)),
    Mistake("P", ("not-summed",), "of e is there", lambda x, d: d.e[0]),
    Mistake("E", ("missing-path",), "you left out what comes from logits", lambda x, d: looked_up(d.e)),
    Mistake("E", ("rule",), "computed from r", lambda x, d: looked_up(d.e) + by_rows(d.logits, x.r)),
)


def gated() -> Lesson:
    return Lesson(leaves(), forward, RULES)
