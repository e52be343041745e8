# says: Mend first: W
import numpy as np


def split(x, W, dq, dk, dv):
    T, C = x.shape
    back = [heads.transpose(1, 0, 2).reshape(T, C) for heads in (dq, dk, dv)]
    dqkv = np.concatenate(back, axis=1)
    return {"qkv": dqkv, "x": dqkv @ W.T, "W": (dqkv @ W.T).T @ dqkv}


def merge(merged, Wo, heads, dy):
    T, C = merged.shape
    dmerged = dy @ Wo.T
    dout = dmerged.reshape(T, heads, C // heads).transpose(1, 0, 2)
    return {"Wo": merged.T @ dy, "merged": dmerged, "out": dout}
