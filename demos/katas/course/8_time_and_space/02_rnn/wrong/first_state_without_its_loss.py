# slip: missing-path
import numpy as np


def rnn(x, h, Wx, Wh, dh):
    T = len(x)
    dWx, dWh, db, dx = (np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh)), np.zeros_like(x))
    whole = [upstream.copy() for upstream in dh]
    for t in reversed(range(T)):
        da = (1.0 - h[t + 1] ** 2) * whole[t + 1]
        dWx += np.outer(x[t], da)
        dWh += np.outer(h[t], da)
        db += da
        dx[t] = Wx @ da
        whole[t] = Wh @ da if t == 0 else whole[t] + Wh @ da
    return {"h": whole, "x": dx, "Wx": dWx, "Wh": dWh, "b": db}
