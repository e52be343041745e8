"""Backward through a whole tiny GPT, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]
GRADIENTS = (
    "logits", "out",
    "z", "W2", "h", "W1",
    "m", "y",
    "Wo", "merged", "v",
    "weights", "q", "k",
    "Wv", "Wk", "Wq",
    "a", "x",
    "emb", "wpe", "wte",
)  # fmt: skip


def tiny_gpt(params: Arrays, forward: Arrays, tokens: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of the mean next-token cross-entropy.

    Forward it was: emb = wte[tokens] + wpe[:T], x = emb*inv_x, the block of the kata `block` from x to out,
    logits = out @ wte.T, probs = the softmax of each row, L = the mean over t of -log(probs[t, targets[t]]).

    Args:
        params: wte (V, C), wpe (P, C) with P >= T, Wq, Wk, Wv, Wo (C, C), W1 (C, D), W2 (D, C).
        forward: emb, x, a, y, m, out, merged (T, C); inv_x, inv_a, inv_m (T, 1), the inverse root mean squares of
            emb, x and y; q, k, v (H, T, d); weights (H, T, T); h, z (T, D); logits, probs (T, V).
        tokens: what goes in, of shape (T,), whole numbers from 0 to V - 1.
        targets: the token that comes next, of shape (T,).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in a line of GRADIENTS at a time, from the logits to the two tables. Functions of your own are welcome.
    return grads
