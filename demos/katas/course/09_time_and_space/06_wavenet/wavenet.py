"""Backward through a tree over time, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def wavenet(
    emb: np.ndarray, weights: list[np.ndarray], hidden: list[np.ndarray], dtop: np.ndarray
) -> dict[str, list[np.ndarray] | np.ndarray | None]:
    """The gradients of a network that joins two neighbours at a time.

    Forward it was, from h = emb: in each level pairs = h.reshape(B, T/2, 2*C), two neighbours side by side, and
    h = tanh(pairs @ W + b); until T is 1.

    Args:
        emb: of shape (B, T, C), T a power of 2, at least 2.
        weights: W of each level, of shape (2*C, H) with C the width of the level below; each b was of shape (H,).
        hidden: h of each level, of shapes (B, T/2, H), (B, T/4, H) ... (B, 1, H).
        dtop: the upstream gradient of the last h, of shape (B, 1, H).

    Returns:
        "h", "W" and "b", a list each, from the lowest level to the last, and "emb"; in the shapes of the arrays.
    """
    # TODO: from the last level down to the embeddings.
    return {"h": None, "W": None, "b": None, "emb": None}
