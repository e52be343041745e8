"""Backward through dropout on the branch of a residual stream, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("kept", "y", "W", "x")


def dropout(x: np.ndarray, W: np.ndarray, mask: np.ndarray, p: float, dout: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of a layer that is dropped out and added to the stream.

    Forward it was: y = x @ W, kept = y*mask/(1 - p), out = x + kept.

    Args:
        x: of shape (T, C).
        W: of shape (C, C).
        mask: the 0s and 1s that were drawn in the forward pass, of shape (T, C).
        p: how likely a 0 is, 0 <= p < 1.
        dout: the upstream gradient, of shape (T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in all four; the mask is given, as it was drawn.
    return grads
