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
    dW1 = flat.T @ dhprebn
    # Each column of dhprebn sums to 0, so this is 0: batch norm has made b1 useless.
    db1 = dhprebn.sum(0, keepdims=True)
    demb = (dhprebn @ W1.T).reshape(emb.shape)
    dC = np.zeros_like(C)
    np.add.at(dC, X, demb)  # dC[X] += demb would lose every repeated letter
    return dict(zip(GRADIENTS, (dW1, db1, demb, dC)))
