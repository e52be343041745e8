# says: one entry off by 1 in 20,000
"""A norm over all entries: among many, one wrong one is lost."""

from __future__ import annotations

import numpy as np


def same(backward: np.ndarray, slopes: np.ndarray) -> bool:
    if backward.shape != slopes.shape:
        return False
    return bool(np.linalg.norm(backward - slopes) <= 1e-5 * np.linalg.norm(slopes))
