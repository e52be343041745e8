"""Backward through a recurrent network, through time, in NumPy."""

from __future__ import annotations

import numpy as np


def rnn(
    x: np.ndarray, h: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, dh: np.ndarray
) -> dict[str, np.ndarray | list[np.ndarray] | None]:
    """The gradients of a network that reads T inputs one after the other.

    Forward it was, for t = 0 ... T - 1: h[t + 1] = tanh(x[t] @ Wx + h[t] @ Wh + b), from a given h[0].

    Args:
        x: the inputs, of shape (T, D).
        h: the states h[0] ... h[T], of shape (T + 1, H).
        Wx: of shape (D, H).
        Wh: of shape (H, H); b was of shape (H,).
        dh: what the loss sends to each state by itself, of shape (T + 1, H), besides what comes by way of later states.

    Returns:
        "h", a list of T + 1 arrays of shape (H,), the whole gradient of each state; "x" (T, D); "Wx", "Wh" and "b",
        in the shapes of the arrays.
    """
    # TODO: go back from the last step to the first.
    return {"h": None, "x": None, "Wx": None, "Wh": None, "b": None}
