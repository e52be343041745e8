"""Backward through a softmax of each row."""

from __future__ import annotations

import numpy as np


def softmax_rows(p: np.ndarray, dp: np.ndarray) -> np.ndarray | None:
    """The gradient of the logits.

    Args:
        p: the softmax of each row of the logits z, of shape (n, V); every row sums to 1.
        dp: the upstream gradient, of shape (n, V).

    Returns:
        dz, of shape (n, V).
    """
    # The sum over a row, kept as a column (n, 1), so that every entry of that row gets the row's own.
    along = (dp * p).sum(1, keepdims=True)
    return p * (dp - along)
