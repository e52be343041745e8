"""Backward through an LSTM, through time, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def lstm(
    x: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, forward: list[Arrays], dh: np.ndarray
) -> dict[str, np.ndarray | list[np.ndarray] | None]:
    """The gradients of an LSTM that reads T inputs one after the other.

    Forward it was, for t = 0 ... T - 1, with h and c the states before and c2, h2 those after:

        a = x[t] @ Wx + h @ Wh + b, cut into four of width H: ai, af, ao, ag
        i, f, o = sigmoid(ai), sigmoid(af), sigmoid(ao);  g = tanh(ag)
        c2 = f*c + i*g;  h2 = o*tanh(c2)

    Args:
        x: the inputs, of shape (T, D).
        Wx: of shape (D, 4*H).
        Wh: of shape (H, 4*H); b was of shape (4*H,).
        forward: for each step a dict of h, c, i, f, o, g, c2, each of shape (H,).
        dh: what the loss sends to each h2 by itself, of shape (T, H), besides what comes by way of later steps.

    Returns:
        "a", a list of T arrays of shape (4*H,); "c2", a list of T arrays of shape (H,); "x" (T, D); "Wx", "Wh" and
        "b", in the shapes of the arrays; "h0" and "c0", those of the first states, (H,).
    """
    grads: dict[str, np.ndarray | list[np.ndarray] | None] = dict.fromkeys(
        ("a", "c2", "x", "Wx", "Wh", "b", "h0", "c0")
    )
    # TODO: go back from the last step to the first, with what comes back for h and for c in hand.
    return grads
