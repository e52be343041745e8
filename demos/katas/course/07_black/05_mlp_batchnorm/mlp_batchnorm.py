"""Backward through a tanh and the batch norm below it, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("hpreact", "gain", "bias", "hprebn")


def mlp_batchnorm(
    raw: np.ndarray, inv: np.ndarray, gain: np.ndarray, h: np.ndarray, dh: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients from tanh down to what was normed.

    Forward it was: raw = (hprebn - mean)*inv with inv = (var + 1e-5)**-0.5 and var with 1/(n - 1),
    hpreact = gain*raw + bias, h = tanh(hpreact).

    Args:
        raw, h: of shape (B, H), B >= 2.
        inv, gain: of shape (1, H); bias was of shape (1, H).
        dh: the upstream gradient, of shape (B, H).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in all four, from hpreact down.
    return grads
