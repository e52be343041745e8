"""Train the makemore MLP with a backward pass of your own, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def forward(params: Arrays, X: np.ndarray) -> Arrays:
    """Everything that the network computes, up to the probabilities; ready, nothing to do here.

    Args:
        params: C (V, d), W1 (T*d, H), b1 (1, H), gain (1, H), bias (1, H), W2 (H, V), b2 (1, V).
        X: the letters that go in, of shape (B, T).
    """
    n = len(X)
    emb = params["C"][X]
    flat = emb.reshape(n, -1)
    hprebn = flat @ params["W1"] + params["b1"]
    diff = hprebn - hprebn.sum(0, keepdims=True) / n
    inv = ((diff**2).sum(0, keepdims=True) / (n - 1) + 1e-5) ** -0.5
    raw = diff * inv
    hpreact = params["gain"] * raw + params["bias"]
    h = np.tanh(hpreact)
    logits = h @ params["W2"] + params["b2"]
    exps = np.exp(logits - logits.max(1, keepdims=True))
    probs = exps / exps.sum(1, keepdims=True)
    return {
        "emb": emb, "flat": flat, "hprebn": hprebn, "inv": inv, "raw": raw, "hpreact": hpreact, "h": h,
        "logits": logits, "probs": probs,
    }  # fmt: skip


def train(params: Arrays, X: np.ndarray, Y: np.ndarray, steps: int, lr: float) -> list[float]:
    """Train all seven parameters by gradient descent on the whole batch.

    Args:
        params: the seven arrays at their start; afterwards it holds the trained ones.
        X: the letters that go in, of shape (B, T).
        Y: the letter that comes next, of shape (B,).
        steps: how many steps to make.
        lr: the learning rate.

    Returns:
        The mean cross-entropy before each step, `steps` numbers.
    """
    # TODO: in each step forward, loss, your own backward, and a move of every parameter.
    return []
