# says: Which exp is too large for a float?
import numpy as np


def logsumexp(z, dout):
    exps = np.exp(np.where(z > 700, np.inf, z))
    return exps / exps.sum(1, keepdims=True) * dout[:, None]
