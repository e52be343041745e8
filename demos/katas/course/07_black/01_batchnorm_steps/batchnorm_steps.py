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
    grads: dict[str, np.ndarray | None] = dict.fromkeys(STEPS)
    # TODO: fill in grads["bias"], grads["gain"] ... a line of STEPS at a time, with no loop over the entries.
    return grads
