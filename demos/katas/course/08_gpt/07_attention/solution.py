"""Backward through attention, one step at a time, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = (
    "v", "weights",
    "scores", "q", "k",
)  # fmt: skip


def attention(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, weights: np.ndarray, dout: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients of attention, from the output to the queries, keys and values.

    Forward it was: scores = q @ k.T, weights = the softmax of each row of scores, out = weights @ v.

    Args:
        q: a query for each position, of shape (T, d).
        k, v: a key and a value for each of S positions, of shape (S, d).
        weights: of shape (T, S), each row of which sums to 1.
        dout: the upstream gradient, of shape (T, d).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    dv = weights.T @ dout
    dweights = dout @ v.T
    # Each weight depends on all scores of its row: raising one takes from the others.
    dscores = weights * (dweights - (weights * dweights).sum(1, keepdims=True))
    dq = dscores @ k
    dk = dscores.T @ q
    return dict(zip(GRADIENTS, (dv, dweights, dscores, dq, dk)))
