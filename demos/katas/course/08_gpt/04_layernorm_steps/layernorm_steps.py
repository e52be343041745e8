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
    grads: dict[str, np.ndarray | None] = dict.fromkeys(STEPS)
    # TODO: fill in grads["bias"], grads["gain"] ... a line of STEPS at a time. Watch which axis each sum runs along.
    return grads
