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
    T, H = dh.shape
    dWx, dWh, db, dx = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H), np.zeros_like(x)
    das, dcs = [np.zeros(4 * H)] * T, [np.zeros(H)] * T
    # What the step after sends back; the last has none after it.
    later_h, later_c = np.zeros(H), np.zeros(H)
    for t in reversed(range(T)):
        s = forward[t]
        dh2 = dh[t] + later_h
        tc = np.tanh(s["c2"])
        # c2 has two uses: h2 of this step, and the next step's c.
        dc2 = later_c + dh2 * s["o"] * (1.0 - tc**2)
        di, df, do, dg = dc2 * s["g"], dc2 * s["c"], dh2 * tc, dc2 * s["i"]
        da = np.concatenate(
            [
                di * s["i"] * (1.0 - s["i"]),
                df * s["f"] * (1.0 - s["f"]),
                do * s["o"] * (1.0 - s["o"]),
                dg * (1.0 - s["g"] ** 2),
            ]
        )
        dWx += np.outer(x[t], da)
        dWh += np.outer(s["h"], da)
        db += da
        dx[t] = Wx @ da
        later_h, later_c = Wh @ da, dc2 * s["f"]
        das[t], dcs[t] = da, dc2
    return {"a": das, "c2": dcs, "x": dx, "Wx": dWx, "Wh": dWh, "b": db, "h0": later_h, "c0": later_c}
