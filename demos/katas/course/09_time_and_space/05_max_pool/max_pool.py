"""Backward through max pooling, in NumPy."""

from __future__ import annotations

import numpy as np


def max_pool(x: np.ndarray, dout: np.ndarray, size: int, stride: int) -> np.ndarray | None:
    """The gradient of the pictures.

    Forward it was: out[n, c, i, j] is the largest of the window of x[n, c] that is `size` rows high and `size` columns
    wide and begins at row i*stride and column j*stride.

    Args:
        x: pictures, of shape (N, C, H, W).
        dout: the upstream gradient, of shape (N, C, H2, W2).
        size, stride: at least 1; where stride < size the windows overlap.

    Returns:
        dx, of shape (N, C, H, W); of equal largest entries the first of the window, row by row, gets all.
    """
    # TODO: return dx; each window sends its gradient to one entry.
    return None
