"""Backward through a linear layer, a reshape and an embedding lookup, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("W1", "b1", "emb", "C")


def mlp_embedding(
    C: np.ndarray, X: np.ndarray, emb: np.ndarray, flat: np.ndarray, W1: np.ndarray, dhprebn: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients from the first layer down to the table.

    Forward it was: emb = C[X], flat = emb.reshape(B, T*d), hprebn = flat @ W1 + b1.

    Args:
        C: the table, of shape (V, d).
        X: the letters that go in, of shape (B, T), whole numbers from 0 to V - 1; letters may repeat.
        emb: of shape (B, T, d).
        flat: of shape (B, T*d).
        W1: of shape (T*d, H); b1 was of shape (1, H).
        dhprebn: the upstream gradient, of shape (B, H).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in all four, from the layer down to the table.
    return grads
