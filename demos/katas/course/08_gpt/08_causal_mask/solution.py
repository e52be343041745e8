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
    T, d = q.shape
    allowed = np.tri(T, dtype=bool)
    dv = weights.T @ dout
    dweights = dout @ v.T
    dmasked = weights * (dweights - (weights * dweights).sum(1, keepdims=True))
    # Where -inf was put in, scaled was thrown away: it moves nothing.
    dscaled = np.where(allowed, dmasked, 0.0)
    dscores = dscaled / np.sqrt(d)
    dq = dscores @ k
    dk = dscores.T @ q
    return dict(zip(GRADIENTS, (dv, dweights, dmasked, dscaled, dscores, dq, dk)))
