"""A check of a backward pass against slopes: what counts as the same."""

from __future__ import annotations

import numpy as np


def same(backward: np.ndarray, slopes: np.ndarray) -> bool:
    """Whether a gradient agrees with measured slopes.

    Args:
        backward: what a backward pass gave: an array, of whatever shape and numbers it may have.
        slopes: measured by central differences, in the right shape; each is right to about 1 in 10,000,000 of the
            largest of them. They may all be tiny, or all be 0.

    Returns:
        True where the two agree to 1 in 100,000 of the largest slope, in every entry; False otherwise, also where
        `backward` holds a nan or an inf, or has another shape.
    """
    if backward.shape != slopes.shape:
        return False
    # Measured against the slopes, never against what is judged; and a nan fails every comparison, so ask for what is
    # to be, not for what is not to be.
    error = np.abs(backward - slopes).max(initial=0.0)
    return bool(error <= 1e-5 * np.abs(slopes).max(initial=0.0))
