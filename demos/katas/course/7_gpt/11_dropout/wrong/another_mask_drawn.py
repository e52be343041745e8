# says: Mend first: y
import numpy as np


def dropout(x, W, mask, p, dout):
    mask = np.random.default_rng(0).random(dout.shape) >= p
    dy = dout * mask / (1.0 - p)
    return {"kept": dout, "y": dy, "W": x.T @ dy, "x": dout + dy @ W.T}
