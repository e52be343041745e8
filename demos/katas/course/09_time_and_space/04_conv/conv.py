"""Backward through a convolution, in NumPy."""

from __future__ import annotations

import numpy as np


def conv(x: np.ndarray, w: np.ndarray, dout: np.ndarray, stride: int, pad: int) -> dict[str, np.ndarray | None]:
    """The gradients of a convolution.

    Forward it was: x is surrounded by `pad` rows and columns of zeros, and out[n, f, i, j] is b[f] plus the sum of
    w[f] times the window of all channels of that x[n] which begins at row i*stride and column j*stride.

    Args:
        x: pictures, of shape (N, C, H, W).
        w: filters, of shape (F, C, HH, WW); b was of shape (F,).
        dout: the upstream gradient, of shape (N, F, H2, W2).
        stride: how far one window lies from the next, at least 1.
        pad: how many rows and columns of zeros, at least 0.

    Returns:
        The gradients of "x", "w" and "b", in the shapes of the arrays.
    """
    # TODO: one window at a time; loops are welcome.
    return {"x": None, "w": None, "b": None}
