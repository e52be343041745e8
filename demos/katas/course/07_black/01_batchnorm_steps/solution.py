"""Backward through batch norm, one step at a time, in NumPy."""

from __future__ import annotations

import numpy as np

STEPS = (
    "bias", "gain", "raw",
    "inv", "var", "diff2",
    "diff", "mean", "x",
)  # fmt: skip


def batchnorm_steps(
    diff: np.ndarray, var: np.ndarray, inv: np.ndarray, raw: np.ndarray, gain: np.ndarray, dout: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients of every step of batch norm, from the output to the input.

    Forward it was: mean = x.sum(0)/n, diff = x - mean, diff2 = diff**2, var = diff2.sum(0)/(n - 1),
    inv = (var + 1e-5)**-0.5, raw = diff*inv, out = gain*raw + bias, the sums with keepdims=True.

    Args:
        diff, raw: of shape (n, D), n >= 2.
        var, inv, gain: of shape (1, D).
        dout: the upstream gradient, of shape (n, D).

    Returns:
        For each name of STEPS the gradient of that array, in the array's own shape: (n, D) for raw,
        diff2, diff and x, (1, D) for bias, gain, inv, var and mean.
    """
    n = len(dout)
    # gain, bias and inv were broadcast over the rows: their gradients are summed over the rows.
    dbias = dout.sum(0, keepdims=True)
    dgain = (dout * raw).sum(0, keepdims=True)
    draw = dout * gain
    dinv = (draw * diff).sum(0, keepdims=True)
    dvar = -0.5 * (var + 1e-5) ** -1.5 * dinv
    # var summed the rows: its gradient is broadcast to all of them. 1/(n - 1) is Bessel's correction.
    ddiff2 = np.ones_like(diff) / (n - 1) * dvar
    # diff is used twice: in raw, and in diff2.
    ddiff = draw * inv + 2.0 * diff * ddiff2
    # mean is subtracted from every row: a sum, with a minus.
    dmean = -ddiff.sum(0, keepdims=True)
    # x is used twice: in diff as it is, and in the mean with its share of 1/n.
    dx = ddiff + np.ones_like(diff) / n * dmean
    return dict(zip(STEPS, (dbias, dgain, draw, dinv, dvar, ddiff2, ddiff, dmean, dx)))
