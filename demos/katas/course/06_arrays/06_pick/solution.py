"""Backward through picking one entry of each row, picked = p[range(n), y]."""

from __future__ import annotations

import numpy as np


def pick(p: np.ndarray, y: np.ndarray, dpicked: np.ndarray) -> np.ndarray | None:
    """The gradient of what was picked from.

    Args:
        p: of shape (n, V).
        y: which entry of each row was picked, n whole numbers from 0 to V - 1.
        dpicked: the upstream gradient, of shape (n,).

    Returns:
        dp, of shape (n, V).
    """
    dp = np.zeros_like(p)
    # The same index as forward, on the other side of the `=`: every number goes back to where it was picked.
    dp[range(len(p)), y] = dpicked
    return dp
