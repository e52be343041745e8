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
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    probs = exps / exps.sum(-1, keepdims=True)
    # One list of positions, whichever text they stand in: b and t are two arrays of n whole numbers.
    b, t = np.nonzero(targets >= 0)
    dlogits = np.zeros_like(logits)
    dlogits[b, t] = probs[b, t]
    dlogits[b, t, targets[b, t]] -= 1.0
    # One n for all: how many terms the mean was taken over.
    return dlogits / len(b)
