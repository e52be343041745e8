# says: It returned True. Expected False
import numpy as np


def same(backward, slopes):
    if backward.shape != slopes.shape:
        return False
    error = np.linalg.norm(backward - slopes)
    return bool(error <= 1e-2 * (np.linalg.norm(backward) + np.linalg.norm(slopes)))
