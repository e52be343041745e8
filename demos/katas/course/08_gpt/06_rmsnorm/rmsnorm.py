"""Backward through RMSNorm, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("gain", "norm", "x")


def rmsnorm(x: np.ndarray, gain: np.ndarray, dout: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of RMSNorm.

    Forward it was: inv = ((x**2).mean(-1) + 1e-5)**-0.5 with keepdims=True, norm = x*inv, out = gain*norm.

    Args:
        x: of shape (T, C), C >= 2.
        gain: of shape (C,).
        dout: the upstream gradient, of shape (T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in grads["gain"], grads["norm"] and grads["x"].
    return grads
