"""Backward through an embedding lookup, emb = C[X]."""

from __future__ import annotations

import numpy as np


def embedding(C: np.ndarray, X: np.ndarray, demb: np.ndarray) -> np.ndarray | None:
    """The gradient of the table.

    Args:
        C: the table, of shape (V, d).
        X: which rows were picked, whole numbers from 0 to V - 1, of shape (B, T); rows may repeat.
        demb: the upstream gradient, of shape (B, T, d).

    Returns:
        dC, of shape (V, d); 0 in every row that was not picked.
    """
    # TODO: return dC; a row that was picked several times gets the sum of all that comes back.
    return None
