"""The exercise's hand-written gradients, array by array, and mistakes in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from handgrad import Slip, Status, compare, manual
from handgrad.arrays import fill
from handgrad.demos.makemore import model

Rule = Callable[[SimpleNamespace, SimpleNamespace], Any]
"""(float arrays of the forward pass, gradients so far) -> the gradient."""


def one_hot(x: SimpleNamespace) -> Any:
    found = np.zeros_like(x.logits)
    found[range(x.n), x.logits.argmax(1)] = 1.0
    return found


def targets(x: SimpleNamespace) -> Any:
    found = np.zeros_like(x.logprobs)
    found[range(x.n), x.Yb] = 1.0
    return found


def looked_up(x: SimpleNamespace, demb: Any) -> Any:
    found = np.zeros_like(x.C)
    np.add.at(found, x.Xb, demb)
    return found


def overwritten(x: SimpleNamespace, demb: Any) -> Any:
    found = np.zeros_like(x.C)
    found[x.Xb] = demb
    return found


RULES: dict[str, Rule] = {
    "logprobs": lambda x, d: -targets(x) / x.n,
    "probs": lambda x, d: (1.0 / x.probs) * d.logprobs,
    "counts_sum_inv": lambda x, d: (x.counts * d.probs).sum(1, keepdims=True),
    "counts_sum": lambda x, d: (-(x.counts_sum**-2)) * d.counts_sum_inv,
    "counts": lambda x, d: x.counts_sum_inv * d.probs + np.ones_like(x.counts) * d.counts_sum,
    "norm_logits": lambda x, d: x.counts * d.counts,
    "logit_maxes": lambda x, d: (-d.norm_logits).sum(1, keepdims=True),
    "logits": lambda x, d: d.norm_logits + one_hot(x) * d.logit_maxes,
    "h": lambda x, d: d.logits @ x.W2.T,
    "W2": lambda x, d: x.h.T @ d.logits,
    "b2": lambda x, d: d.logits.sum(0),
    "hpreact": lambda x, d: (1.0 - x.h**2) * d.h,
    "bngain": lambda x, d: (x.bnraw * d.hpreact).sum(0, keepdims=True),
    "bnbias": lambda x, d: d.hpreact.sum(0, keepdims=True),
    "bnraw": lambda x, d: x.bngain * d.hpreact,
    "bnvar_inv": lambda x, d: (x.bndiff * d.bnraw).sum(0, keepdims=True),
    "bnvar": lambda x, d: (-0.5 * (x.bnvar + 1e-5) ** -1.5) * d.bnvar_inv,
    "bndiff2": lambda x, d: (1.0 / (x.n - 1)) * np.ones_like(x.bndiff2) * d.bnvar,
    "bndiff": lambda x, d: x.bnvar_inv * d.bnraw + (2 * x.bndiff) * d.bndiff2,
    "bnmeani": lambda x, d: (-d.bndiff).sum(0, keepdims=True),
    "hprebn": lambda x, d: d.bndiff + 1.0 / x.n * (np.ones_like(x.hprebn) * d.bnmeani),
    "embcat": lambda x, d: d.hprebn @ x.W1.T,
    "W1": lambda x, d: x.embcat.T @ d.hprebn,
    "b1": lambda x, d: d.hprebn.sum(0),
    "emb": lambda x, d: d.embcat.reshape(x.emb.shape),
    "C": lambda x, d: looked_up(x, d.emb),
}


class Slipped(NamedTuple):
    """A mistake: where it is made, what kinds name it rightly, and the wrong rule."""

    array: str
    kinds: tuple[str, ...]
    rule: Rule


MISTAKES = (
    Slipped("logprobs", ("sign",), lambda x, d: targets(x) / x.n),
    Slipped("logprobs", ("factor",), lambda x, d: -targets(x)),
    Slipped("logprobs", ("one-hot",), lambda x, d: np.full_like(x.logprobs, -1.0 / x.n)),
    Slipped("probs", ("sign",), lambda x, d: -(1.0 / x.probs) * d.logprobs),
    Slipped("probs", ("forgot-local",), lambda x, d: d.logprobs),
    Slipped("probs", ("rule",), lambda x, d: x.probs * d.logprobs),
    Slipped("probs", ("forgot-upstream",), lambda x, d: 1.0 / x.probs),
    Slipped("counts_sum_inv", ("forgot-local",), lambda x, d: d.probs.sum(1, keepdims=True)),
    Slipped("counts_sum_inv", ("sign",), lambda x, d: -(x.counts * d.probs).sum(1, keepdims=True)),
    Slipped("counts_sum", ("sign", "rule"), lambda x, d: x.counts_sum**-2 * d.counts_sum_inv),
    Slipped("counts_sum", ("rule",), lambda x, d: -(x.counts_sum**-1) * d.counts_sum_inv),
    Slipped("counts", ("missing-path",), lambda x, d: np.ones_like(x.counts) * d.counts_sum),
    Slipped("counts", ("missing-path",), lambda x, d: x.counts_sum_inv * d.probs),
    Slipped("norm_logits", ("forgot-local",), lambda x, d: d.counts),
    Slipped("norm_logits", ("rule",), lambda x, d: x.norm_logits * d.counts),
    Slipped("norm_logits", ("forgot-upstream",), lambda x, d: x.counts),
    Slipped("logits", ("sign",), lambda x, d: -d.norm_logits + one_hot(x) * d.logit_maxes),
    Slipped("h", ("sign",), lambda x, d: -d.logits @ x.W2.T),
    Slipped("h", ("forgot-upstream",), lambda x, d: np.ones_like(d.logits) @ x.W2.T),
    Slipped("W2", ("transposed",), lambda x, d: (x.h.T @ d.logits).T.reshape(x.W2.shape)),
    Slipped("W2", ("factor",), lambda x, d: x.h.T @ d.logits / x.n),
    Slipped("W2", ("not-summed",), lambda x, d: np.outer(x.h[-1], d.logits[-1])),
    Slipped("b2", ("not-summed",), lambda x, d: d.logits[0]),
    Slipped("b2", ("factor",), lambda x, d: d.logits.mean(0)),
    Slipped("hpreact", ("rule",), lambda x, d: (1.0 - x.hpreact**2) * d.h),
    Slipped("hpreact", ("rule",), lambda x, d: (1.0 - x.h) * d.h),
    Slipped("hpreact", ("forgot-local",), lambda x, d: d.h),
    Slipped("bngain", ("forgot-local",), lambda x, d: d.hpreact.sum(0, keepdims=True)),
    Slipped("bngain", ("factor",), lambda x, d: (x.bnraw * d.hpreact).mean(0, keepdims=True)),
    Slipped("bnbias", ("not-summed",), lambda x, d: d.hpreact[:1]),
    Slipped("bnbias", ("wrong-axis",), lambda x, d: np.full_like(x.bnbias, d.hpreact.sum())),
    Slipped("bnraw", ("forgot-local",), lambda x, d: d.hpreact),
    Slipped("bnvar_inv", ("not-summed",), lambda x, d: (x.bndiff * d.bnraw)[-1:]),
    Slipped("bnvar", ("rule",), lambda x, d: (-0.5 * (x.bnvar + 1e-5) ** -0.5) * d.bnvar_inv),
    Slipped("bnvar", ("sign",), lambda x, d: (0.5 * (x.bnvar + 1e-5) ** -1.5) * d.bnvar_inv),
    Slipped("bndiff2", ("factor",), lambda x, d: np.ones_like(x.bndiff2) * d.bnvar),
    Slipped("bndiff2", ("factor",), lambda x, d: 1.0 / x.n * np.ones_like(x.bndiff2) * d.bnvar),
    Slipped("bndiff", ("missing-path",), lambda x, d: (2 * x.bndiff) * d.bndiff2),
    Slipped("bndiff", ("missing-path",), lambda x, d: x.bnvar_inv * d.bnraw),
    Slipped("bndiff", ("factor", "rule"), lambda x, d: x.bnvar_inv * d.bnraw + x.bndiff * d.bndiff2),
    Slipped("bnmeani", ("sign",), lambda x, d: d.bndiff.sum(0, keepdims=True)),
    Slipped("hprebn", ("missing-path",), lambda x, d: d.bndiff + 0.0 * x.hprebn),
    Slipped("hprebn", ("factor",), lambda x, d: d.bndiff + np.ones_like(x.hprebn) * d.bnmeani),
    Slipped("embcat", ("sign",), lambda x, d: -(d.hprebn @ x.W1.T)),
    Slipped("W1", ("transposed",), lambda x, d: (d.hprebn.T @ x.embcat).reshape(x.W1.shape)),
    Slipped("W1", ("forgot-upstream",), lambda x, d: x.embcat.T @ np.ones_like(d.hprebn)),
    Slipped("emb", ("transposed",), lambda x, d: d.embcat.reshape(x.n, 10, 3).transpose(0, 2, 1)),
    Slipped("C", ("missing-path",), lambda x, d: overwritten(x, d.emb)),
)  # fmt: skip


class Exercise:
    """The network as nodes and as floats; the nodes are made once and filled again and again."""

    def __init__(self, batch: int = 32, seed: int = 3) -> None:
        rng = np.random.default_rng(seed)
        self.Xb, self.Yb = rng.integers(0, 27, (batch, 3)), rng.integers(0, 27, batch)
        self.p = model.parameters(27, seed)
        with manual():
            self.values = model.build_nodes(self.p, self.Xb, self.Yb)
        self.numbers = model.forward(self.p, self.Xb, self.Yb)

    def fill(self, mistakes: Mapping[str, Rule] | None = None) -> SimpleNamespace:
        """Fill in every array by the rules, some replaced by wrong ones; what follows is computed from those."""
        d = SimpleNamespace()
        for name, rule in {**RULES, **(mistakes or {})}.items():
            setattr(d, name, rule(self.numbers, d))
            fill(getattr(self.values, name), getattr(d, name))
        return d


def slip_of(exercise: Exercise, name: str) -> Slip | None:
    (result,) = [r for r in compare(exercise.values.loss).arrays if r.status is Status.WRONG]
    assert result.name == name
    return result.slip


def one_go(exercise: Exercise, name: str, gradient: Rule, given: str | None = None) -> Slip | None:
    """The slip of one array that is filled in alone, or beside another."""
    d = exercise.fill()
    for array_name in RULES:
        getattr(exercise.values, array_name).grad = None
    if given:
        fill(getattr(exercise.values, given), getattr(d, given))
    fill(getattr(exercise.values, name), gradient(exercise.numbers, d))
    return slip_of(exercise, name)
