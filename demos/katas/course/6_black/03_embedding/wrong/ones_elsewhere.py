# says: X never picks it
import numpy as np


def embedding(C, X, demb):
    dC = np.ones_like(C)
    np.add.at(dC, X, demb)
    return dC
