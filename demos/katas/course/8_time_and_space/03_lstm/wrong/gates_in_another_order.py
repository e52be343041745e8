# says: Mend first: a
import numpy as np


def lstm(x, Wx, Wh, forward, dh):
    T, H = dh.shape
    dWx, dWh, db, dx = (np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H), np.zeros_like(x))
    das, dcs = ([np.zeros(4 * H)] * T, [np.zeros(H)] * T)
    later_h, later_c = (np.zeros(H), np.zeros(H))
    for t in reversed(range(T)):
        s = forward[t]
        dh2 = dh[t] + later_h
        tc = np.tanh(s["c2"])
        dc2 = later_c + dh2 * s["o"] * (1.0 - tc**2)
        di, df, do, dg = (dc2 * s["g"], dc2 * s["c"], dh2 * tc, dc2 * s["i"])
        da = np.concatenate(
            [
                df * s["f"] * (1.0 - s["f"]),
                di * s["i"] * (1.0 - s["i"]),
                do * s["o"] * (1.0 - s["o"]),
                dg * (1.0 - s["g"] ** 2),
            ]
        )
        dWx += np.outer(x[t], da)
        dWh += np.outer(s["h"], da)
        db += da
        dx[t] = Wx @ da
        later_h, later_c = (Wh @ da, dc2 * s["f"])
        das[t], dcs[t] = (da, dc2)
    return {"a": das, "c2": dcs, "x": dx, "Wx": dWx, "Wh": dWh, "b": db, "h0": later_h, "c0": later_c}
