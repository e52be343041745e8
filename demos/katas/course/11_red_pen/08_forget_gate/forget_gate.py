"""Backward through an LSTM, through time, as a public notebook has it, rewritten for rows in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def forget_gate(
    W: np.ndarray, b: np.ndarray, steps: list[Arrays], dh: np.ndarray
) -> dict[str, np.ndarray | list[np.ndarray]]:
    """The gradients of the weights of an LSTM.

    Forward it was, for t = 0 ... T - 1, with h and c the states before and c2, h2 those after:

        z = h and x[t] side by side;  a = z @ W + b, cut into four of width H
        f, i, o = sigmoid of the first three, g = tanh of the last
        c2 = f*c + i*g;  h2 = o*tanh(c2)

    Args:
        W: of shape (H + D, 4*H).
        b: of shape (4*H,).
        steps: for each step a dict of z (H + D,) and of c, f, i, o, g, c2, each of shape (H,).
        dh: what the loss sends to each h2 by itself, of shape (T, H), besides what comes by way of later steps.

    Returns:
        "W", "b", and "h0" and "c0", those of the first states, in the shapes of the arrays; "a" and "c2", a list each
        of T arrays, from the first step to the last.
    """
    # TODO: two things are wrong in the loop. Fix those, and only those.
    H = dh.shape[1]
    dW, db = np.zeros_like(W), np.zeros_like(b)
    dh_next, dc_next = np.zeros(H), np.zeros(H)
    das: list[np.ndarray] = []
    dcs: list[np.ndarray] = []
    for step, upstream in zip(reversed(steps), reversed(dh)):
        f, i, o, g = step["f"], step["i"], step["o"], step["g"]
        dh2 = upstream + dh_next
        dc2 = dc_next + dh2 * o * (1.0 - np.tanh(step["c2"]) ** 2)
        df = dc2 * step["c"] * f
        di = dc2 * g * i * (1.0 - i)
        do = dh2 * np.tanh(step["c2"]) * o * (1.0 - o)
        dg = dc2 * i * (1.0 - g**2)
        da = np.concatenate([df, di, do, dg])
        das.insert(0, da)
        dcs.insert(0, dc2)
        dW += np.outer(step["z"], da)
        db += da
        dh_next = (W @ da)[:H]
    return {"W": dW, "b": db, "h0": dh_next, "c0": dc_next, "a": das, "c2": dcs}
