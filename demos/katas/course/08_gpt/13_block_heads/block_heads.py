"""Backward through the heads of a transformer block and the stream beside them, in NumPy."""

from __future__ import annotations

import numpy as np

GRADIENTS = ("merged", "v", "a", "x")


def block_heads(
    params: dict[str, np.ndarray], forward: dict[str, np.ndarray], dq: np.ndarray, dk: np.ndarray, dy: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients from the stream after the attention of a block back to the stream before it.

    Forward it was: a = x*inv with inv = ((x**2).mean(1) + 1e-5)**-0.5; q, k, v = the heads of a @ Wq, a @ Wk, a @ Wv,
    each by .reshape(T, H, d).transpose(1, 0, 2); merged = (weights @ v).transpose(1, 0, 2).reshape(T, C);
    y = x + merged @ Wo.

    Args:
        params: Wq, Wk, Wv, Wo, each (C, C).
        forward: a (T, C); inv (T, 1); weights (H, T, T).
        dq, dk: the gradients of the queries and the keys, of shape (H, T, d), H*d = C.
        dy: the upstream gradient, of shape (T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape: v is (H, T, d), the others
        are (T, C).
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in all four, from merged back to x.
    return grads
