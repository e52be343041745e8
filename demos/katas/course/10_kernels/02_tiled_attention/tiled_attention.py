"""Backward through attention, a tile of keys at a time, from the output and its log-sum-exp alone."""

from __future__ import annotations

import numpy as np


def tiled_attention(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, out: np.ndarray, lse: np.ndarray, dout: np.ndarray, tile: int
) -> dict[str, np.ndarray]:
    """The gradients of out = softmax(q @ k.T / sqrt(d)) @ v.

    Args:
        q, k, v: of shape (T, d).
        out: what the forward pass gave, of shape (T, d).
        lse: the log-sum-exp of each row of q @ k.T / sqrt(d), of shape (T, 1).
        dout: the upstream gradient, of shape (T, d).
        tile: how many keys may be done at a time; the last tile may be shorter.

    Returns:
        The gradients by name, "q", "k" and "v", each of shape (T, d).
    """
    scale = q.shape[1] ** -0.5
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for start in range(0, len(k), tile):
        keys = slice(start, start + tile)
        p = np.exp(q @ k[keys].T * scale - lse)
        # TODO: while this tile of p is there: its rows of dk and dv, and its part of dq.
    return {"q": dq, "k": dk, "v": dv}
