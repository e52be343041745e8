"""Backward through y = x @ W."""

from __future__ import annotations

import numpy as np


def matmul(x: np.ndarray, W: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The gradients of both factors.

    Args:
        x: of shape (n, k), one row an example.
        W: the weights, of shape (k, m).
        dy: the upstream gradient, of shape (n, m).

    Returns:
        dx of shape (n, k) and dW of shape (k, m).
    """
    # x[i, k] is used once for every column of W, W[k, j] once for every row of x: each product sums over those uses.
    return dy @ W.T, x.T @ dy
