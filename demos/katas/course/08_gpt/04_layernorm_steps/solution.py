"""Backward through layer norm, one step at a time, in NumPy."""

from __future__ import annotations

import numpy as np

STEPS = (
    "bias", "gain", "norm",
    "inv", "var", "diff2",
    "diff", "mean", "x",
)  # fmt: skip


def layernorm_steps(
    diff: np.ndarray, var: np.ndarray, inv: np.ndarray, norm: np.ndarray, gain: np.ndarray, dout: np.ndarray
) -> dict[str, np.ndarray | None]:
    """The gradients of every step of layer norm, from the output to the input.

    Forward it was: mean = x.mean(1), diff = x - mean, diff2 = diff**2, var = diff2.mean(1), inv = (var + 1e-5)**-0.5,
    norm = diff*inv, out = gain*norm + bias, the means with keepdims=True.

    Args:
        diff, norm: of shape (T, C), C >= 2.
        var, inv: of shape (T, 1).
        gain: of shape (C,).
        dout: the upstream gradient, of shape (T, C).

    Returns:
        For each name of STEPS the gradient of that array, in the array's own shape: (T, C) for norm, diff2, diff
        and x, (T, 1) for inv, var and mean, (C,) for gain and bias.
    """
    C = dout.shape[1]
    # gain and bias were used by every position: summed over the positions.
    dbias = dout.sum(0)
    dgain = (dout * norm).sum(0)
    dnorm = dout * gain
    # inv was broadcast along its row: summed along the row.
    dinv = (dnorm * diff).sum(1, keepdims=True)
    dvar = -0.5 * (var + 1e-5) ** -1.5 * dinv
    # var is the mean of its row: each of the C entries has a C-th of it.
    ddiff2 = np.ones_like(diff) / C * dvar
    ddiff = dnorm * inv + 2.0 * diff * ddiff2
    dmean = -ddiff.sum(1, keepdims=True)
    dx = ddiff + np.ones_like(diff) / C * dmean
    return dict(zip(STEPS, (dbias, dgain, dnorm, dinv, dvar, ddiff2, ddiff, dmean, dx)))
