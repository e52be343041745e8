"""Backward from a mean cross-entropy through the linear layer below it, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("logits", "h", "W2", "b2")


def mlp_logits(h: np.ndarray, W2: np.ndarray, probs: np.ndarray, Y: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of the mean cross-entropy.

    Forward it was: logits = h @ W2 + b2, probs = the softmax of each row, L = the mean over b of -log(probs[b, Y[b]]).

    Args:
        h: of shape (B, H).
        W2: of shape (H, V); b2 was of shape (1, V).
        probs: of shape (B, V).
        Y: the true letter of each row, of shape (B,), whole numbers from 0 to V - 1.

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    n = len(Y)
    # Softmax, logarithm and mean in one: (p - y) / n.
    dlogits = probs.copy()
    dlogits[np.arange(n), Y] -= 1.0
    dlogits /= n
    dh = dlogits @ W2.T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0, keepdims=True)
    return dict(zip(GRADIENTS, (dlogits, dh, dW2, db2)))
