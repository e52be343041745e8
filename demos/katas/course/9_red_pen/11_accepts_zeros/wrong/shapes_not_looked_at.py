# says: one axis more
import numpy as np


def same(backward, slopes):
    if not backward.size:
        return False
    return bool(np.abs(backward - slopes).max() <= 1e-5 * np.abs(slopes).max())
