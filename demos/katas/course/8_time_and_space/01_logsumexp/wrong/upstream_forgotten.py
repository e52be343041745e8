# slip: forgot-upstream
import numpy as np


def logsumexp(z, dout):
    exps = np.exp(z - z.max(1, keepdims=True))
    return exps / exps.sum(1, keepdims=True) + 0.0 * dout[:, None]
