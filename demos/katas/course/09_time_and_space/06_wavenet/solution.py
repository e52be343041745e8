"""Backward through a tree over time, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def wavenet(
    emb: np.ndarray, weights: list[np.ndarray], hidden: list[np.ndarray], dtop: np.ndarray
) -> dict[str, list[np.ndarray] | np.ndarray | None]:
    """The gradients of a network that joins two neighbours at a time.

    Forward it was, from h = emb: in each level pairs = h.reshape(B, T/2, 2*C), two neighbours side by side, and
    h = tanh(pairs @ W + b); until T is 1.

    Args:
        emb: of shape (B, T, C), T a power of 2, at least 2.
        weights: W of each level, of shape (2*C, H) with C the width of the level below; each b was of shape (H,).
        hidden: h of each level, of shapes (B, T/2, H), (B, T/4, H) ... (B, 1, H).
        dtop: the upstream gradient of the last h, of shape (B, 1, H).

    Returns:
        "h", "W" and "b", a list each, from the lowest level to the last, and "emb"; in the shapes of the arrays.
    """
    below = [emb, *hidden[:-1]]
    dh: list[np.ndarray] = [dtop]
    dW, db = [], []
    for W, h, under in reversed(list(zip(weights, hidden, below))):
        da = (1.0 - h**2) * dh[0]
        pairs = under.reshape(*h.shape[:2], -1)
        # Every pair of every text uses the same W: laid under each other, they are the rows of one matrix.
        dW.insert(0, pairs.reshape(-1, len(W)).T @ da.reshape(-1, W.shape[1]))
        db.insert(0, da.sum((0, 1)))
        # Side by side forward, one after the other again backward.
        dh.insert(0, (da @ W.T).reshape(under.shape))
    return {"h": dh[1:], "W": dW, "b": db, "emb": dh[0]}
