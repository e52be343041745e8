"""Backward through the MLP of a transformer block and the stream beside it, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("z", "h", "m", "y")


def block_mlp(
    m: np.ndarray, inv: np.ndarray, W1: np.ndarray, h: np.ndarray, W2: np.ndarray, dout: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients from a block's output back to the stream before its MLP.

    Forward it was: m = y*inv with inv = ((y**2).mean(1) + 1e-5)**-0.5, h = m @ W1, z = relu(h), out = y + z @ W2.

    Args:
        m: of shape (T, C).
        inv: of shape (T, 1).
        W1: of shape (C, D).
        h: of shape (T, D).
        W2: of shape (D, C).
        dout: the upstream gradient, of shape (T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    dz = dout @ W2.T
    dh = dz * (h > 0.0)
    dm = dh @ W1.T
    # Along the stream, and through the norm.
    dy = dout + inv * (dm - m * (dm * m).mean(1, keepdims=True))
    return dict(zip(GRADIENTS, (dz, dh, dm, dy)))
