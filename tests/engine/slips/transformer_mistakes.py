"""Mistakes that people make in the backward pass of a transformer's block, in steps and with layers in one go."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from .lesson import Mistake
from .transformer import (
    BATCH,
    COUNT,
    HEAD,
    HEADS,
    TARGETS,
    TOKENS,
    WIDTH,
    assigned,
    by_rows,
    gate,
    gate_slope,
    looked_up,
    softmax,
    through_softmax,
)

NORM = ("raw2", "inv2", "var2", "off2", "mean2")
SCORES = ("masked", "scaled", "scores")
LOSS = ("logprobs",)


def norm_in_one_go(
    x: SimpleNamespace, d: SimpleNamespace, *, mean: float = 1.0, spread: float = 1.0, gain: Any = None
) -> Any:
    """Back through layer norm, with factors on what comes through the mean and through the variance."""
    g = d.ln2 * (x.gain2 if gain is None else gain)
    shared = mean * g.mean(-1, keepdims=True) + spread * x.raw2 * (g * x.raw2).mean(-1, keepdims=True)
    return x.inv2 * (g - shared)


def shares(x: SimpleNamespace) -> Any:
    return np.exp(x.logprobs)


MISTAKES = (
    # The loss.
    Mistake("logprobs", ("sign",), "missing or extra minus", lambda x, d: TARGETS / COUNT),
    Mistake("logprobs", ("factor",), "it is as if divided by 6", lambda x, d: -TARGETS / TOKENS),
    Mistake("logits", ("missing-path",), "sum of the row", lambda x, d: d.logprobs),
    Mistake("logits", ("factor",), "1/n of 'mean'", lambda x, d: shares(x) - TARGETS, LOSS),
    Mistake("logits", ("factor",), "it is as if divided by 6", lambda x, d: (shares(x) - TARGETS) / TOKENS, LOSS),
    Mistake("logits", ("missing-path",), "the softmax alone", lambda x, d: shares(x) / COUNT, LOSS),
    Mistake("logits", ("one-hot",), "not divided by 12", lambda x, d: shares(x) / COUNT - TARGETS, LOSS),
    # The MLP.
    Mistake("b2", ("not-summed",), "summed over all of them", lambda x, d: d.mlp.sum(1)[0]),
    Mistake("W2", ("rule",), "computed from pre", lambda x, d: by_rows(x.pre, d.mlp)),
    Mistake(
        "h", ("forgot-upstream",), "multiply by the upstream gradient of mlp", lambda x, d: np.ones_like(d.mlp) @ x.W2.T
    ),
    Mistake("pre", ("missing-path",), "'GELU' in h.* both factors", lambda x, d: d.h * gate(x.pre)),
    Mistake("pre", ("missing-path",), "'GELU' in h.* both factors", lambda x, d: d.h * x.pre * gate_slope(x.pre)),
    Mistake("pre", ("forgot-local",), "pre left out", lambda x, d: d.h * (gate(x.pre) + gate_slope(x.pre))),
    Mistake("pre", ("rule",), "'GELU', or of 'relu'", lambda x, d: d.h * (x.pre > 0.0)),
    # Layer norm, by steps and in one go.
    Mistake("raw2", ("forgot-local",), "'\\*' in raw2\\*gain2", lambda x, d: d.ln2),
    Mistake("off2", ("missing-path",), "you left out what comes from var2", lambda x, d: d.raw2 * x.inv2),
    Mistake("mean2", ("sign",), "minus between off2", lambda x, d: d.off2.sum(-1, keepdims=True)),
    Mistake("x1", ("missing-path",), "you left out what comes from mean2", lambda x, d: d.x2 + d.off2),
    Mistake("x1", ("factor",), "1/n of 'mean' in mean2", lambda x, d: d.x2 + d.off2 + d.mean2),
    Mistake("x1", ("missing-path",), "mean of x1", lambda x, d: d.x2 + norm_in_one_go(x, d, mean=0.0), NORM),
    Mistake("x1", ("missing-path",), "variance of x1", lambda x, d: d.x2 + norm_in_one_go(x, d, spread=0.0), NORM),
    Mistake("x1", ("forgot-local",), "gain2", lambda x, d: d.x2 + norm_in_one_go(x, d, gain=1.0), NORM),
    Mistake("x1", ("rule",), "gain2 .* after", lambda x, d: d.x2 + x.gain2 * norm_in_one_go(x, d, gain=1.0), NORM),
    Mistake("x1", ("missing-path",), "you left out what comes from x2", lambda x, d: norm_in_one_go(x, d), NORM),
    # Heads.
    Mistake("ctx", ("transposed",), "axes are mixed up", lambda x, d: d.merged.reshape(BATCH, HEADS, TOKENS, HEAD)),
    Mistake("q", ("transposed",), "axes are mixed up", lambda x, d: d.qh.reshape(BATCH, TOKENS, WIDTH)),
    # Attention.
    Mistake("vh", ("transposed",), "att has a transpose", lambda x, d: x.att @ d.ctx),
    Mistake("masked", ("missing-path",), "in its own place", lambda x, d: x.att * (1.0 - x.att) * d.att),
    Mistake("masked", ("missing-path",), "att times its upstream gradient alone", lambda x, d: x.att * d.att),
    Mistake("masked", ("sign",), "wrong sign", lambda x, d: x.att * (d.att + (d.att * x.att).sum(-1, keepdims=True))),
    Mistake(
        "masked", ("wrong-axis",), "another axis", lambda x, d: x.att * (d.att - (d.att * x.att).sum(-2, keepdims=True))
    ),
    Mistake(
        "scaled", ("rule",), "without the mask", lambda x, d: through_softmax(softmax(x.scaled), d.att), SCORES[:1]
    ),
    Mistake("scores", ("factor",), "constant of '\\*' in scaled is left out", lambda x, d: d.scaled),
    Mistake("scores", ("factor",), "multiplied in twice", lambda x, d: d.scaled / HEAD),
    Mistake("qh", ("factor",), "in scaled is left out", lambda x, d: through_softmax(x.att, d.att) @ x.kh, SCORES),
    Mistake("qh", ("factor",), "multiplied in twice", lambda x, d: through_softmax(x.att, d.att) @ x.kh / HEAD, SCORES),
    Mistake("qh", ("transposed",), "gradient of scores has", lambda x, d: d.scores.swapaxes(-1, -2) @ x.kh),
    Mistake("kh", ("transposed",), "gradient of scores has", lambda x, d: d.scores @ x.qh),
    Mistake("kh", ("rule",), "computed from kh", lambda x, d: d.scores.swapaxes(-1, -2) @ x.kh),
    Mistake("kh", ("wrong-upstream",), "gradient of scaled", lambda x, d: d.scaled.swapaxes(-1, -2) @ x.qh),
    Mistake(
        "kh", ("factor",), "in the gradient of scores already", lambda x, d: d.scores.swapaxes(-1, -2) @ x.qh / 2.0
    ),
    Mistake("Wk", ("wrong-upstream",), "gradient of q", lambda x, d: by_rows(x.ln1, d.q)),
    Mistake("ln1", ("missing-path",), "you left out what comes from v", lambda x, d: d.q @ x.Wq.T + d.k @ x.Wk.T),
    Mistake("ln1", ("transposed",), "each product", lambda x, d: d.q @ x.Wq + d.k @ x.Wk + d.v @ x.Wv),
    Mistake("ln1", ("rule",), "computed from Wq", lambda x, d: d.q @ x.Wq.T + d.k @ x.Wq.T + d.v @ x.Wv.T),
    # Embeddings.
    Mistake("x0", ("missing-path",), "you left out what comes from x1", lambda x, d: d.off1 + d.mean1 / WIDTH),
    Mistake("wpe", ("not-summed",), "summed over all of them", lambda x, d: d.x0[0]),
    Mistake("wpe", ("factor",), "a mean taken where a sum belongs", lambda x, d: d.x0.mean(0)),
    Mistake("wte", ("missing-path",), "you left out what comes from logits", lambda x, d: looked_up(d.tok)),
    Mistake("wte", ("missing-path",), "you left out what comes from tok", lambda x, d: by_rows(d.logits, x.x2)),
    Mistake("wte", ("missing-path",), "only the last", lambda x, d: assigned(d.tok) + by_rows(d.logits, x.x2)),
    Mistake("wte", ("double",), "tok is counted twice", lambda x, d: 2.0 * looked_up(d.tok) + by_rows(d.logits, x.x2)),
)
