# says: Mend first: x
import numpy as np


def conv(x, w, dout, stride, pad):
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = (np.zeros_like(padded), np.zeros_like(w))
    for n, f, i, j in np.ndindex(*dout.shape):
        rows, columns = (slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW))
        dw[f] += dout[n, f, i, j] * padded[n, :, rows, columns]
        dpadded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    H, W = x.shape[2:]
    return {"x": dpadded[:, :, :H, :W], "w": dw, "b": dout.sum((0, 2, 3))}
