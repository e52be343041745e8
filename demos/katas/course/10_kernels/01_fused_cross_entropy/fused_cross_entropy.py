"""The loss of a last layer and its gradients, in chunks: no more than a chunk of the logits at a time."""

from __future__ import annotations

import numpy as np


def fused_cross_entropy(
    x: np.ndarray, W: np.ndarray, y: np.ndarray, chunk: int
) -> tuple[float, np.ndarray | None, np.ndarray | None]:
    """The mean cross-entropy of softmax(x @ W) and its gradients, computed chunk by chunk.

    Args:
        x: of shape (n, d), one row a token.
        W: of shape (d, V); V is what is large.
        y: the true classes, n whole numbers from 0 to V - 1.
        chunk: how many rows may be done at a time; the last chunk may be shorter.

    Returns:
        The loss, dx of shape (n, d) and dW of shape (d, V).
    """
    n = len(x)
    loss, dx, dW = 0.0, np.zeros_like(x), np.zeros_like(W)
    for start in range(0, n, chunk):
        rows = slice(start, start + chunk)
        logits = x[rows] @ W
        logits -= logits.max(1, keepdims=True)
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        picked = range(len(p)), y[rows]
        loss -= np.log(p[picked]).sum() / n
        # TODO: while this chunk of p is there: its rows of dx, and its part of dW.
    return loss, dx, dW
