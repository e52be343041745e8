# slip: missing-path
import numpy as np


def forget_gate(W, b, steps, dh):
    H = dh.shape[1]
    dW, db = (np.zeros_like(W), np.zeros_like(b))
    dh_next, dc_next = (np.zeros(H), np.zeros(H))
    das = []
    dcs = []
    for step, upstream in zip(reversed(steps), reversed(dh)):
        f, i, o, g = (step["f"], step["i"], step["o"], step["g"])
        dh2 = upstream + dh_next
        dc2 = dc_next + dh2 * o * (1.0 - np.tanh(step["c2"]) ** 2)
        df = dc2 * step["c"] * f * (1.0 - f)
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
