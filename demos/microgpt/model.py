"""The network, written once: it runs on NumPy's arrays and on nodes that hold them.

One block of Radford et al., "Language models are unsupervised multitask learners" (2019), simplified as in Karpathy's
microgpt (2026): RMSNorm without a gain (Zhang & Sennrich, 2019), no biases, ReLU. `scalars.py` is the same network on
single numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad.arrays import array, label

BLOCK = 16
"""How many positions there are: the longest name has 15 letters, and the dot before it."""
WIDTH = 16
HEADS = 4
EPSILON = 1e-5

PARAMETERS = ("wte", "wpe", "Wq", "Wk", "Wv", "Wo", "W1", "W2")
INTERMEDIATES = (
    "logits", "out", "mlp", "z", "W2", "h", "W1", "m", "y_inv", "y_ms", "y", "attended", "merged", "Wo", "heads",
    "weights", "vs", "scores", "qs", "ks", "v", "Wv", "k", "Wk", "q", "Wq", "a", "x_inv", "x_ms", "x", "emb_inv",
    "emb_ms", "emb", "pos", "wpe", "tok", "wte",
)  # fmt: skip
"""Every array between the loss and the parameters, and these, in backward order."""


def parameters(vocabulary: int, seed: int = 1, width: int = WIDTH, block: int = BLOCK) -> dict[str, Any]:
    """Return the parameters as float arrays, drawn with the standard deviation of microgpt's, 0.08.

    Args:
        vocabulary: how many tokens there are, V.
        width: C, how many numbers stand for a position.
        block: P, how many positions there are.

    Returns:
        wte (V, C), wpe (P, C), Wq, Wk, Wv, Wo (C, C), W1 (C, 4*C), W2 (4*C, C).
    """
    rng = np.random.default_rng(seed)
    square = (width, width)
    shapes = (
        (vocabulary, width),
        (block, width),
        square,
        square,
        square,
        square,
        (width, 4 * width),
        (4 * width, width),
    )
    return {name: rng.normal(size=shape) * 0.08 for name, shape in zip(PARAMETERS, shapes)}


def forward(p: Mapping[str, Any], tokens: Sequence[int], targets: Sequence[int], H: int = HEADS) -> SimpleNamespace:
    """Return the forward pass in steps small enough to go back through one by one.

    Args:
        p: the parameters, as float arrays or as nodes.
        tokens: what goes in, T whole numbers below V, T <= P.
        targets: the token that comes next at each position.
        H: how many heads there are, which divides C.

    Returns:
        Every array by its name, the parameters among them, `loss`, one number, and `tokens`, `targets`, `T`, `H`, `d`.
    """
    tokens, targets = np.asarray(tokens), np.asarray(targets)
    T, d = len(tokens), p["wte"].shape[1] // H
    # The tables: a row for the token, and one for its position.
    tok = p["wte"][tokens]  # (T, C)
    pos = p["wpe"][:T]  # (T, C)
    emb = tok + pos  # (T, C)
    emb_ms = (emb**2).mean(1, keepdims=True)  # (T, 1)
    emb_inv = (emb_ms + EPSILON) ** -0.5  # (T, 1)
    x = emb * emb_inv  # (T, C)
    # Attention: each position looks at itself and at those before it.
    x_ms = (x**2).mean(1, keepdims=True)  # (T, 1)
    x_inv = (x_ms + EPSILON) ** -0.5  # (T, 1)
    a = x * x_inv  # (T, C)
    q = a @ p["Wq"]  # (T, C)
    k = a @ p["Wk"]  # (T, C)
    v = a @ p["Wv"]  # (T, C)
    qs = q.reshape(T, H, d).transpose(1, 0, 2)  # (H, T, d)
    ks = k.reshape(T, H, d).transpose(1, 0, 2)  # (H, T, d)
    vs = v.reshape(T, H, d).transpose(1, 0, 2)  # (H, T, d)
    scores = qs @ ks.swapaxes(1, 2) / d**0.5  # (H, T, T)
    exps = np.exp(np.where(np.tri(T, dtype=bool), scores, -np.inf))
    weights = exps / exps.sum(2, keepdims=True)  # (H, T, T)
    heads = weights @ vs  # (H, T, d)
    merged = heads.transpose(1, 0, 2).reshape(T, H * d)  # (T, C)
    attended = merged @ p["Wo"]  # (T, C)
    y = x + attended  # (T, C)
    # The MLP: each position by itself.
    y_ms = (y**2).mean(1, keepdims=True)  # (T, 1)
    y_inv = (y_ms + EPSILON) ** -0.5  # (T, 1)
    m = y * y_inv  # (T, C)
    h = m @ p["W1"]  # (T, 4*C)
    z = np.maximum(h, 0.0)  # (T, 4*C)
    mlp = z @ p["W2"]  # (T, C)
    out = y + mlp  # (T, C)
    # The next token: each row of the table against what came out.
    logits = out @ p["wte"].T  # (T, V)
    counts = np.exp(logits - logits.max(1, keepdims=True))
    probs = counts / counts.sum(1, keepdims=True)  # (T, V)
    loss = -np.log(probs[range(T), targets]).mean()
    made = {name: thing for name, thing in locals().items() if name != "p"}
    return SimpleNamespace(**p, **made)


def build_nodes(p: Mapping[str, Any], tokens: Sequence[int], targets: Sequence[int], H: int = HEADS) -> SimpleNamespace:
    """Return the forward pass with one node an array, named as its variable, in the current mode."""
    x = forward({name: array(numbers) for name, numbers in p.items()}, tokens, targets, H)
    for name in (*INTERMEDIATES, "probs", "loss"):
        label(getattr(x, name), name)
    return x
