"""Backward through the whole makemore MLP, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]
GRADIENTS = (
    "logits", "h", "W2", "b2",
    "hpreact", "gain", "bias", "hprebn",
    "W1", "b1", "emb", "C",
)  # fmt: skip


def makemore_mlp(params: Arrays, forward: Arrays, X: np.ndarray, Y: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of the mean cross-entropy.

    Args:
        params: C (V, d), W1 (T*d, H), b1 (1, H), gain (1, H), bias (1, H), W2 (H, V), b2 (1, V).
        forward: what the forward pass computed: emb (B, T, d), flat (B, T*d), hprebn (B, H), raw (B, H),
            inv (1, H), hpreact (B, H), h (B, H), logits (B, V), probs (B, V), the softmax of the logits.
        X: the letters that go in, of shape (B, T), whole numbers from 0 to V - 1.
        Y: the letter that comes next, of shape (B,).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in a line of GRADIENTS at a time, in NumPy, from the logits back to the table C.
    return grads
