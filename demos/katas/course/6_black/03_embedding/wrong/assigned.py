# slip: missing-path
import numpy as np


def embedding(C, X, demb):
    dC = np.zeros_like(C)
    for b, t in np.ndindex(*X.shape):
        dC[X[b, t]] = demb[b, t]
    return dC
