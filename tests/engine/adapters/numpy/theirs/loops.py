"""A recurrence of many steps, by whose last state alone it is judged."""

import numpy as np


def recurrent(steps, size=8):
    """Its loss, and a backward in which the way to the state before is what is given."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(steps, 4, 3)), rng.normal(size=(4, 2))

    def forward(Wx, Wh, b, Wy):
        h = np.zeros((4, size))
        for t in range(steps):
            h = np.tanh(X[t] @ Wx + h @ Wh + b)
        return ((h @ Wy - Y) ** 2).sum()

    def backward(Wx, Wh, b, Wy):
        hs = [np.zeros((4, size))]
        for t in range(steps):
            hs.append(np.tanh(X[t] @ Wx + hs[t] @ Wh + b))
        dlogits = 2 * (hs[-1] @ Wy - Y)
        dWy = hs[-1].T @ dlogits
        dh = dlogits @ Wy.T
        dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
        for t in reversed(range(steps)):
            dz = dh * (1 - hs[t + 1] ** 2)
            dWx += X[t].T @ dz
            dWh += hs[t].T @ dz
            db += dz.sum(0)
            dhnext = dz @ Wh
            dh = dhnext
        return {"Wx": dWx, "Wh": dWh, "b": db, "Wy": dWy}

    inputs = {
        "Wx": rng.normal(size=(3, size)) * 0.3,
        "Wh": rng.normal(size=(size, size)) * 0.4,
        "b": rng.normal(size=size) * 0.1,
        "Wy": rng.normal(size=(size, 2)),
    }
    return forward, backward, inputs
