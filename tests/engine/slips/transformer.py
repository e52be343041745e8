"""One block of a small GPT, its backward pass by hand, and what people get wrong in it.

Six tokens a row, width 8, two heads: a head is 4 wide, so that 1/sqrt(4) twice and a gradient counted twice look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .lesson import Lesson, Namer, Rule

BATCH, TOKENS, WIDTH, HEADS, WORDS, HIDDEN = 2, 6, 8, 2, 11, 32
HEAD = WIDTH // HEADS
COUNT = BATCH * TOKENS
EPSILON = 1e-5
SQRT = np.sqrt(2.0 / np.pi)

X = np.array([[1, 4, 2, 4, 0, 7], [3, 1, 1, 9, 10, 2]])
Y = np.array([[4, 2, 4, 0, 7, 5], [1, 1, 9, 10, 2, 6]])
ROWS, COLUMNS = np.arange(BATCH)[:, None], np.arange(TOKENS)
BEFORE = np.tril(np.ones((TOKENS, TOKENS))) > 0.0
TARGETS = np.eye(WORDS)[Y]


def leaves(seed: int = 0) -> dict[str, Any]:
    normal = np.random.default_rng(seed).normal
    square = (WIDTH, WIDTH)
    return {
        "wte": 0.5 * normal(size=(WORDS, WIDTH)), "wpe": 0.3 * normal(size=(TOKENS, WIDTH)),
        "gain1": 1.0 + 0.2 * normal(size=WIDTH), "bias1": 0.1 * normal(size=WIDTH),
        "Wq": 0.5 * normal(size=square), "Wk": 0.5 * normal(size=square), "Wv": 0.35 * normal(size=square),
        "Wo": 0.35 * normal(size=square), "gain2": 1.0 + 0.2 * normal(size=WIDTH), "bias2": 0.1 * normal(size=WIDTH),
        "W1": 0.35 * normal(size=(WIDTH, HIDDEN)), "b1": 0.1 * normal(size=HIDDEN),
        "W2": 0.18 * normal(size=(HIDDEN, WIDTH)), "b2": 0.1 * normal(size=WIDTH),
    }  # fmt: skip


def split(x: Any) -> Any:
    return x.reshape(BATCH, TOKENS, HEADS, HEAD).transpose(0, 2, 1, 3)


def joined(x: Any) -> Any:
    return x.transpose(0, 2, 1, 3).reshape(BATCH, TOKENS, WIDTH)


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def forward(leaf: Mapping[str, Any], name: Namer) -> SimpleNamespace:
    x = SimpleNamespace(**leaf)

    def norm(z: Any, number: int) -> None:
        off = name(f"off{number}", z - named(f"mean{number}", z.mean(-1, keepdims=True)))
        var = named(f"var{number}", (off**2).mean(-1, keepdims=True))
        raw = named(f"raw{number}", off * named(f"inv{number}", (var + EPSILON) ** -0.5))
        setattr(x, f"off{number}", off)
        named(f"ln{number}", raw * leaf[f"gain{number}"] + leaf[f"bias{number}"])

    def named(text: str, made: Any) -> Any:
        setattr(x, text, name(text, made))
        return made

    x.x0 = name("x0", named("tok", leaf["wte"][X]) + leaf["wpe"])
    norm(x.x0, 1)
    for letter in "qkv":
        named(f"{letter}h", split(named(letter, x.ln1 @ leaf[f"W{letter}"])))
    named("scaled", named("scores", x.qh @ x.kh.swapaxes(-1, -2)) * HEAD**-0.5)
    named("att", softmax(named("masked", np.where(BEFORE, x.scaled, -np.inf))))
    named("merged", joined(named("ctx", x.att @ x.vh)))
    named("x1", x.x0 + named("out", x.merged @ leaf["Wo"]))
    norm(x.x1, 2)
    pre = named("pre", x.ln2 @ leaf["W1"] + leaf["b1"])
    named("h", 0.5 * pre * (1.0 + np.tanh(SQRT * (pre + 0.044715 * pre**3))))
    named("x2", x.x1 + named("mlp", x.h @ leaf["W2"] + leaf["b2"]))
    off = named("logits", x.x2 @ leaf["wte"].T)
    off = off - off.max(-1, keepdims=True)
    named("logprobs", off - np.log(np.exp(off).sum(-1, keepdims=True)))
    x.loss = -x.logprobs[ROWS, COLUMNS, Y].mean()
    return x


def by_rows(left: Any, right: Any) -> Any:
    """left.T @ right, over all tokens of all rows."""
    return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])


def looked_up(gradient: Any) -> Any:
    found = np.zeros((WORDS, WIDTH))
    np.add.at(found, X, gradient)
    return found


def assigned(gradient: Any) -> Any:
    found = np.zeros((WORDS, WIDTH))
    found[X] = gradient
    return found


def through_softmax(p: Any, g: Any) -> Any:
    return p * (g - (g * p).sum(-1, keepdims=True))


def gate(z: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(SQRT * (z + 0.044715 * z**3)))


def gate_slope(z: Any) -> Any:
    return 2.0 * gate(z) * (1.0 - gate(z)) * SQRT * (1.0 + 3 * 0.044715 * z * z)


def norm_rules(number: int) -> dict[str, Rule]:
    def of(x: SimpleNamespace, name: str) -> Any:
        return getattr(x, f"{name}{number}")

    return {
        f"gain{number}": lambda x, d: (of(d, "ln") * of(x, "raw")).sum((0, 1)),
        f"bias{number}": lambda x, d: of(d, "ln").sum((0, 1)),
        f"raw{number}": lambda x, d: of(d, "ln") * of(x, "gain"),
        f"inv{number}": lambda x, d: (of(d, "raw") * of(x, "off")).sum(-1, keepdims=True),
        f"var{number}": lambda x, d: -0.5 * (of(x, "var") + EPSILON) ** -1.5 * of(d, "inv"),
        f"off{number}": lambda x, d: of(d, "raw") * of(x, "inv") + 2.0 * of(x, "off") / WIDTH * of(d, "var"),
        f"mean{number}": lambda x, d: -of(d, "off").sum(-1, keepdims=True),
    }


RULES: dict[str, Rule] = {
    "logprobs": lambda x, d: -TARGETS / COUNT,
    "logits": lambda x, d: d.logprobs - np.exp(x.logprobs) * d.logprobs.sum(-1, keepdims=True),
    "x2": lambda x, d: d.logits @ x.wte,
    "mlp": lambda x, d: d.x2,
    "b2": lambda x, d: d.mlp.sum((0, 1)),
    "W2": lambda x, d: by_rows(x.h, d.mlp),
    "h": lambda x, d: d.mlp @ x.W2.T,
    "pre": lambda x, d: d.h * (gate(x.pre) + x.pre * gate_slope(x.pre)),
    "b1": lambda x, d: d.pre.sum((0, 1)),
    "W1": lambda x, d: by_rows(x.ln2, d.pre),
    "ln2": lambda x, d: d.pre @ x.W1.T,
    **norm_rules(2),
    "x1": lambda x, d: d.x2 + d.off2 + d.mean2 / WIDTH,
    "out": lambda x, d: d.x1,
    "Wo": lambda x, d: by_rows(x.merged, d.out),
    "merged": lambda x, d: d.out @ x.Wo.T,
    "ctx": lambda x, d: split(d.merged),
    "att": lambda x, d: d.ctx @ x.vh.swapaxes(-1, -2),
    "vh": lambda x, d: x.att.swapaxes(-1, -2) @ d.ctx,
    "masked": lambda x, d: through_softmax(x.att, d.att),
    "scaled": lambda x, d: np.where(BEFORE, d.masked, 0.0),
    "scores": lambda x, d: d.scaled * HEAD**-0.5,
    "qh": lambda x, d: d.scores @ x.kh,
    "kh": lambda x, d: d.scores.swapaxes(-1, -2) @ x.qh,
    "q": lambda x, d: joined(d.qh),
    "k": lambda x, d: joined(d.kh),
    "v": lambda x, d: joined(d.vh),
    "Wq": lambda x, d: by_rows(x.ln1, d.q),
    "Wk": lambda x, d: by_rows(x.ln1, d.k),
    "Wv": lambda x, d: by_rows(x.ln1, d.v),
    "ln1": lambda x, d: d.q @ x.Wq.T + d.k @ x.Wk.T + d.v @ x.Wv.T,
    **norm_rules(1),
    "x0": lambda x, d: d.x1 + d.off1 + d.mean1 / WIDTH,
    "tok": lambda x, d: d.x0,
    "wpe": lambda x, d: d.x0.sum(0),
    "wte": lambda x, d: looked_up(d.tok) + by_rows(d.logits, x.x2),
}


def block(seed: int = 0) -> Lesson:
    return Lesson(leaves(seed), forward, RULES)
