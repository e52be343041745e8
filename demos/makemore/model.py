"""The network of the exercise, written once: it runs on numpy arrays and on arrays of Values.

A character MLP after Bengio et al., "A Neural Probabilistic Language Model" (2003), with batch
normalization, as in Karpathy, "Building makemore Part 4: Becoming a Backprop Ninja" (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

import handgrad
from handgrad.arrays import array

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
    """The parameters as float arrays, small and off zero so that no mistake hides behind a zero.

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


def forward(
    p: Mapping[str, Any], Xb: Any, Yb: Any, label: Callable[[Any, str], Any] = handgrad.label
) -> SimpleNamespace:
    """The forward pass in steps that are small enough to go back through one by one.

    Args:
        p: the parameters; arrays of Values, or float arrays together with `label=unlabelled`.
        Xb: (n, 3) whole numbers, the characters before; n is at least 2.
        Yb: (n,) whole numbers, the character that comes next.
        label: what names an array; it returns the one to go on with.

    Returns:
        Every array by its name, the parameters among them, and `loss`, one number.
    """
    n = len(Yb)
    # Embedding and first linear layer.
    emb = label(p["C"][Xb], "emb")  # (n, 3, 10)
    embcat = label(emb.reshape(n, -1), "embcat")  # (n, 30)
    hprebn = label(embcat @ p["W1"] + p["b1"], "hprebn")  # (n, 64)
    # Batch norm.
    bnmeani = label(1 / n * hprebn.sum(0, keepdims=True), "bnmeani")  # (1, 64)
    bndiff = label(hprebn - bnmeani, "bndiff")  # (n, 64)
    bndiff2 = label(bndiff**2, "bndiff2")  # (n, 64)
    bnvar = label(1 / (n - 1) * bndiff2.sum(0, keepdims=True), "bnvar")  # (1, 64); n-1 is Bessel's correction
    bnvar_inv = label((bnvar + EPSILON) ** -0.5, "bnvar_inv")  # (1, 64)
    bnraw = label(bndiff * bnvar_inv, "bnraw")  # (n, 64)
    hpreact = label(p["bngain"] * bnraw + p["bnbias"], "hpreact")  # (n, 64)
    # Non-linearity and second linear layer.
    h = label(np.tanh(hpreact), "h")  # (n, 64)
    logits = label(h @ p["W2"] + p["b2"], "logits")  # (n, V)
    # Cross-entropy.
    logit_maxes = label(logits.max(1, keepdims=True), "logit_maxes")  # (n, 1)
    norm_logits = label(logits - logit_maxes, "norm_logits")  # (n, V); so that exp cannot overflow
    counts = label(np.exp(norm_logits), "counts")  # (n, V)
    counts_sum = label(counts.sum(1, keepdims=True), "counts_sum")  # (n, 1)
    counts_sum_inv = label(counts_sum**-1, "counts_sum_inv")  # (n, 1)
    probs = label(counts * counts_sum_inv, "probs")  # (n, V)
    logprobs = label(np.log(probs), "logprobs")  # (n, V)
    loss = -logprobs[range(n), Yb].mean()
    made = {name: thing for name, thing in locals().items() if name not in ("p", "n", "Xb", "Yb", "label")}
    return SimpleNamespace(**p, **made)


def unlabelled(values: Any, name: str) -> Any:
    """For float arrays: no names."""
    return values


def as_values(p: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as labelled arrays of Values, in the current mode."""
    return {name: array(numbers, label=name) for name, numbers in p.items()}
