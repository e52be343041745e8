# says: Mend first: C
import numpy as np


def embedding(C, X, demb):
    dC = np.zeros_like(C)
    np.add.at(dC, X, demb)
    return dC / np.maximum(np.bincount(X.ravel(), minlength=len(C)), 1)[:, None]
