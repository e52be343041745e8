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
    dC = np.zeros_like(C)
    # One pick at a time, so that a row named again is added to again. `dC[X] += demb` would write each
    # row once, whatever X repeats; np.add.at(dC, X, demb) is this loop in one call.
    for b, t in np.ndindex(*X.shape):
        dC[X[b, t]] += demb[b, t]
    return dC
