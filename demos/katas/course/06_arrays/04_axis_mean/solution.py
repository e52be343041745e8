"""Backward through the mean of each row, m = x.mean(1)."""

from __future__ import annotations

import numpy as np


def axis_mean(x: np.ndarray, dm: np.ndarray) -> np.ndarray | None:
    """The gradient of what the mean was taken of.

    Args:
        x: of shape (n, D).
        dm: the upstream gradient, of shape (n,): one number a row.

    Returns:
        dx, of shape (n, D).
    """
    # `dm[:, None]` is a column, (n, 1): row i of x gets dm[i], and each of its D entries a share of 1/D.
    return np.ones_like(x) * dm[:, None] / x.shape[1]
