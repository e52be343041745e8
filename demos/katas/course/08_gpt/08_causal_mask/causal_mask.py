"""Backward through scaled attention that may not look ahead, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = (
    "v", "weights",
    "masked", "scaled", "scores",
    "q", "k",
)  # fmt: skip


def causal_mask(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, weights: np.ndarray, dout: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients of causal attention.

    Forward it was: scores = q @ k.T, scaled = scores/sqrt(d), masked = scaled where s <= t and -inf elsewhere,
    weights = the softmax of each row of masked, out = weights @ v.

    Args:
        q, k, v: of shape (T, d).
        weights: of shape (T, T), 0 above the diagonal.
        dout: the upstream gradient, of shape (T, d).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in a line of GRADIENTS at a time, from the output back to the queries and keys.
    return grads
