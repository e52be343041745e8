"""Backward through the MLP of a transformer, with its GELU, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = (
    "h", "W2", "b2",
    "z", "W1", "b1", "x",
)  # fmt: skip
SCALE = np.sqrt(2.0 / np.pi)


def gelu_mlp(
    x: np.ndarray, W1: np.ndarray, z: np.ndarray, h: np.ndarray, W2: np.ndarray, dy: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients of two linear layers with a GELU between.

    Forward it was: z = x @ W1 + b1, h = 0.5*z*(1 + tanh(SCALE*(z + 0.044715*z**3))), y = h @ W2 + b2.

    Args:
        x: of shape (B, T, C).
        W1: of shape (C, D); b1 was of shape (D,).
        z, h: of shape (B, T, D).
        W2: of shape (D, C); b2 was of shape (C,).
        dy: the upstream gradient, of shape (B, T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in a line of GRADIENTS at a time; z is used twice within the GELU.
    return grads
