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
    n = len(dh)
    dhpreact = (1.0 - h**2) * dh
    dgain = (raw * dhpreact).sum(0, keepdims=True)
    dbias = dhpreact.sum(0, keepdims=True)
    # Less what a shift of the column, and what a stretch of it would do.
    shift = dhpreact.sum(0)
    stretch = n / (n - 1) * raw * (dhpreact * raw).sum(0)
    dhprebn = gain * inv / n * (n * dhpreact - shift - stretch)
    return dict(zip(GRADIENTS, (dhpreact, dgain, dbias, dhprebn)))
