"""Backward through RMSNorm, a block of rows at a time."""

from __future__ import annotations

import numpy as np


def rmsnorm_blocks(
    x: np.ndarray, gain: np.ndarray, inv: np.ndarray, dout: np.ndarray, block: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The gradients of out = gain * x * inv, where inv = 1/sqrt(mean of x**2 along the row + 1e-5).

    Args:
        x: of shape (n, D).
        gain: of shape (D,).
        inv: what the forward pass kept, of shape (n, 1).
        dout: the upstream gradient, of shape (n, D).
        block: how many rows may be done at a time; the last block may be shorter.

    Returns:
        dx of shape (n, D) and dgain of shape (D,).
    """
    dx, dgain = np.zeros_like(x), np.zeros_like(gain)
    for start in range(0, len(x), block):
        rows = slice(start, start + block)
        raw, draw = x[rows] * inv[rows], gain * dout[rows]
        # Along the row, as each of its numbers has a part in inv.
        dx[rows] = inv[rows] * (draw - raw * (draw * raw).mean(1, keepdims=True))
        # Every row used the same gain.
        dgain += (dout[rows] * raw).sum(0)
    return dx, dgain
