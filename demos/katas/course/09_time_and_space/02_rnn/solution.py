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
    T = len(x)
    dWx, dWh, db, dx = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh)), np.zeros_like(x)
    whole = [upstream.copy() for upstream in dh]
    for t in reversed(range(T)):
        da = (1.0 - h[t + 1] ** 2) * whole[t + 1]
        # The same weights in every step: each step adds its share.
        dWx += np.outer(x[t], da)
        dWh += np.outer(h[t], da)
        db += da
        dx[t] = Wx @ da
        # To the state before, besides what the loss sent there.
        whole[t] = whole[t] + Wh @ da
    return {"h": whole, "x": dx, "Wx": dWx, "Wh": dWh, "b": db}
