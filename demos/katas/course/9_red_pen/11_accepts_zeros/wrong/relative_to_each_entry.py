# says: It returned False. Expected True
import numpy as np


def same(backward, slopes):
    if backward.shape != slopes.shape:
        return False
    return bool(np.all(np.abs(backward - slopes) <= 1e-5 * np.abs(slopes)))
