# says: Mend first: x, w, b
import numpy as np


def conv(x, w, dout, stride, pad):
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = (np.zeros_like(padded), np.zeros_like(w))
    for n, f, i, j in np.ndindex(1, *dout.shape[1:]):
        rows, columns = (slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW))
        dw[f] += dout[n, f, i, j] * padded[n, :, rows, columns]
        dpadded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    H, W = x.shape[2:]
    return {"x": dpadded[:, :, pad : pad + H, pad : pad + W], "w": dw, "b": dout[0].sum((1, 2))}
