# says: a backward that gives all nan
import numpy as np


def same(backward, slopes):
    if backward.shape != slopes.shape:
        return False
    error = np.abs(backward - slopes).max(initial=0.0)
    return not error > 1e-5 * np.abs(slopes).max(initial=0.0)
