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
    T = tokens.shape[1]
    dh = dlogits @ wte
    # tanh stands here for all the layers between.
    dx = (1.0 - h**2) * dh
    # A position's row is used by every text of the batch; the rows from T on by none.
    dwpe = np.zeros_like(wpe)
    dwpe[:T] = dx.sum(0)
    # The table's second use, in the logits: summed over texts and positions ...
    dwte = np.einsum("btv,btc->vc", dlogits, h)
    # ... and its first: a pick at a time, as rows repeat.
    np.add.at(dwte, tokens, dx)
    return dict(zip(GRADIENTS, (dh, dx, dwpe, dwte)))
