"""Backward through logsumexp, row by row, in NumPy."""

from __future__ import annotations

import numpy as np


def logsumexp(z: np.ndarray, dout: np.ndarray) -> np.ndarray | None:
    """The gradient of out = log(sum of exp(z)) along each row.

    Args:
        z: of shape (n, K); entries as large as 1000 either way, and -inf for what is out of the running, but not a
            whole row of -inf.
        dout: the upstream gradient, of shape (n,).

    Returns:
        dz, of shape (n, K); no nan in it.
    """
    # Shifted by the largest, no exp overflows; the shift cancels, so it has no gradient of its own.
    exps = np.exp(z - z.max(1, keepdims=True))
    return exps / exps.sum(1, keepdims=True) * dout[:, None]
