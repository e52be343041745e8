# says: a backward that gives all zeros
import numpy as np


def same(backward, slopes):
    return bool(np.allclose(backward, slopes, atol=1e-3))
