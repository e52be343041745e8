"""Backward through the two ends of a GPT: its embeddings, and the table that serves twice, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("h", "x", "wpe", "wte")


def tied_embeddings(
    wte: np.ndarray, wpe: np.ndarray, tokens: np.ndarray, h: np.ndarray, dlogits: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients of a model whose first and last layer share one table.

    Forward it was: x = wte[tokens] + wpe[:T], h = tanh(x), logits = h @ wte.T.

    Args:
        wte: a row for each token, of shape (V, C).
        wpe: a row for each position, of shape (P, C), P >= T.
        tokens: which rows were picked, whole numbers from 0 to V - 1, of shape (B, T).
        h: of shape (B, T, C).
        dlogits: the upstream gradient, of shape (B, T, V).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in grads["h"], grads["x"], grads["wpe"], grads["wte"]; which of the tables is used twice?
    return grads
