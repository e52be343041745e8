# slip: missing-path
import numpy as np


def embedding(C, X, demb):
    dC = np.zeros_like(C)
    dC[X] += demb
    return dC
