"""The network of the exercise, written once: it runs on NumPy's arrays and on nodes that hold them.

A character MLP after Bengio et al., "A Neural Probabilistic Language Model" (2003), with batch
normalization, as in Karpathy, "Building makemore Part 4: Becoming a Backprop Ninja" (2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad.arrays import array, label

BLOCK = 3
"""How many characters the model looks back."""
EMBEDDING = 10
HIDDEN = 64
BATCH = 32
EPSILON = 1e-5

PARAMETERS = ("C", "W1", "b1", "W2", "b2", "bngain", "bnbias")
INTERMEDIATES = (
    "logprobs", "probs", "counts_sum_inv", "counts_sum", "counts", "norm_logits", "logit_maxes", "logits", "h", "W2",
    "b2", "hpreact", "bngain", "bnbias", "bnraw", "bnvar_inv", "bnvar", "bndiff2", "bndiff", "bnmeani", "hprebn",
    "embcat", "W1", "b1", "emb", "C",
)  # fmt: skip
"""Every array of the exercise, in backward order."""


def parameters(vocabulary: int, seed: int = 2147483647) -> dict[str, Any]:
    """Return the parameters as float arrays, small but off zero, so that no mistake hides.

    Args:
        vocabulary: how many characters there are, V.

    Returns:
        C (V, 10), W1 (30, 64), b1 (64,), W2 (64, V), b2 (V,), bngain (1, 64), bnbias (1, 64).
    """
    rng = np.random.default_rng(seed)
    fan_in = BLOCK * EMBEDDING
    return {
        "C": rng.normal(size=(vocabulary, EMBEDDING)),
        "W1": rng.normal(size=(fan_in, HIDDEN)) * (5 / 3) / fan_in**0.5,
        "b1": rng.normal(size=HIDDEN) * 0.1,
        "W2": rng.normal(size=(HIDDEN, vocabulary)) * 0.1,
        "b2": rng.normal(size=vocabulary) * 0.1,
        "bngain": rng.normal(size=(1, HIDDEN)) * 0.1 + 1.0,
        "bnbias": rng.normal(size=(1, HIDDEN)) * 0.1,
    }


def forward(p: Mapping[str, Any], Xb: Any, Yb: Any) -> SimpleNamespace:
    """Return the forward pass in steps small enough to go back through one by one.

    Args:
        p: the parameters, as float arrays or as nodes.
        Xb: (n, 3) whole numbers, the characters before; n is at least 2.
        Yb: (n,) whole numbers, the character that comes next.

    Returns:
        Every array by its name, the parameters among them, `loss`, one number, and the batch: `n`, `Xb` and `Yb`.
    """
    n = len(Yb)
    # Embedding and first linear layer.
    emb = p["C"][Xb]  # (n, 3, 10)
    embcat = emb.reshape(n, -1)  # (n, 30)
    hprebn = embcat @ p["W1"] + p["b1"]  # (n, 64)
    # Batch norm.
    bnmeani = 1 / n * hprebn.sum(0, keepdims=True)  # (1, 64)
    bndiff = hprebn - bnmeani  # (n, 64)
    bndiff2 = bndiff**2  # (n, 64)
    bnvar = 1 / (n - 1) * bndiff2.sum(0, keepdims=True)  # (1, 64); n-1 is Bessel's correction
    bnvar_inv = (bnvar + EPSILON) ** -0.5  # (1, 64)
    bnraw = bndiff * bnvar_inv  # (n, 64)
    hpreact = p["bngain"] * bnraw + p["bnbias"]  # (n, 64)
    # Non-linearity and second linear layer.
    h = np.tanh(hpreact)  # (n, 64)
    logits = h @ p["W2"] + p["b2"]  # (n, V)
    # Cross-entropy.
    logit_maxes = logits.max(1, keepdims=True)  # (n, 1)
    norm_logits = logits - logit_maxes  # (n, V); so that exp cannot overflow
    counts = np.exp(norm_logits)  # (n, V)
    counts_sum = counts.sum(1, keepdims=True)  # (n, 1)
    counts_sum_inv = counts_sum**-1  # (n, 1)
    probs = counts * counts_sum_inv  # (n, V)
    logprobs = np.log(probs)  # (n, V)
    loss = -logprobs[range(n), Yb].mean()
    made = {name: thing for name, thing in locals().items() if name != "p"}
    return SimpleNamespace(**p, **made)


def build_nodes(p: Mapping[str, Any], Xb: Any, Yb: Any) -> SimpleNamespace:
    """Return the forward pass with one node an array, named as its variable, in the current mode."""
    x = forward({name: array(numbers) for name, numbers in p.items()}, Xb, Yb)
    for name in INTERMEDIATES:
        label(getattr(x, name), name)
    return x
