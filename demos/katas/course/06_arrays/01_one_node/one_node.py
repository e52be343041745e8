"""Backward through y = x * w, entry by entry, on whole arrays."""

from __future__ import annotations

import numpy as np


def one_node(x: np.ndarray, w: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The gradients of both factors.

    Args:
        x, w: of shape (n, D).
        dy: the upstream gradient, of shape (n, D).

    Returns:
        dx and dw, each of shape (n, D).
    """
    # TODO: return dx and dw; the rule of the product, on all entries at once.
    return None, None
