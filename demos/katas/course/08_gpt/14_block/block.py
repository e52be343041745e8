"""Backward through a whole transformer block, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]
GRADIENTS = (
    "z", "W2", "h", "W1",
    "m", "y",
    "Wo", "merged", "v",
    "weights", "q", "k",
    "Wv", "Wk", "Wq",
    "a", "x",
)  # fmt: skip


def block(params: Arrays, forward: Arrays, dout: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of a block: attention added to the stream, then an MLP added to it.

    Forward it was:

        a = x*inv_a;  q, k, v = the heads of a @ Wq, a @ Wk, a @ Wv
        weights = the softmax of each row of q @ k.T/sqrt(d), masked with -inf where s > t
        merged = the heads weights @ v, put together;  y = x + merged @ Wo
        m = y*inv_m;  h = m @ W1;  z = relu(h);  out = y + z @ W2

    Args:
        params: Wq, Wk, Wv, Wo (C, C), W1 (C, D), W2 (D, C).
        forward: x, a, y, m (T, C); inv_a, inv_m (T, 1), the inverse root mean squares of x and y; q, k, v (H, T, d);
            weights (H, T, T); merged (T, C); h, z (T, D).
        dout: the upstream gradient, of shape (T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    grads: dict[str, np.ndarray | None] = dict.fromkeys(GRADIENTS)
    # TODO: fill in a line of GRADIENTS at a time, from the output back to x. Functions of your own are welcome.
    return grads
