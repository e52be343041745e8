"""Backward through y = x + b, a bias that every row gets."""

from __future__ import annotations

import numpy as np


def bias(dy: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The gradients of y = x + b.

    Args:
        dy: the upstream gradient, of shape (n, D); x has that shape, and b the shape (D,).

    Returns:
        dx of shape (n, D) and db of shape (D,).
    """
    # Row after row used the same b: what comes back from each of them adds up.
    return dy, dy.sum(0)
