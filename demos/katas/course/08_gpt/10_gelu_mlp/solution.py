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
    C, D = W1.shape
    # Every position of every text uses the same weights: laid under each other, they are the rows of one matrix.
    dh = dy @ W2.T
    dW2 = h.reshape(-1, D).T @ dy.reshape(-1, C)
    db2 = dy.sum((0, 1))
    # A product of z and what stands in the brackets, which is made of z too: two contributions.
    t = np.tanh(SCALE * (z + 0.044715 * z**3))
    inner = SCALE * (1.0 + 3.0 * 0.044715 * z**2)
    dz = dh * (0.5 * (1.0 + t) + 0.5 * z * (1.0 - t**2) * inner)
    dx = dz @ W1.T
    dW1 = x.reshape(-1, C).T @ dz.reshape(-1, D)
    db1 = dz.sum((0, 1))
    return dict(zip(GRADIENTS, (dh, dW2, db2, dz, dW1, db1, dx)))
