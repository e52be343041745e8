"""Backward through the next-token cross-entropy of a batch of texts, in NumPy."""

from __future__ import annotations

import numpy as np


def next_token(logits: np.ndarray, targets: np.ndarray) -> np.ndarray | None:
    """The gradient of the mean cross-entropy over every position that has a next token.

    Args:
        logits: of shape (B, T, V): B texts, T positions, V tokens to choose from.
        targets: the token that comes next, of shape (B, T), whole numbers from 0 to V - 1; -1 where nothing is
            asked, as the text is over.

    Returns:
        dlogits, of shape (B, T, V).
    """
    # TODO: return (p - y)/n at every position that has a target, and 0 at the others.
    return None
