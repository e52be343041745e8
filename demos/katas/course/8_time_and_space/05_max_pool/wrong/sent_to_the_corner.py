# says: Mend first: x
import numpy as np


def max_pool(x, dout, size, stride):
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        dx[n, c, i * stride, j * stride] += dout[n, c, i, j]
    return dx
