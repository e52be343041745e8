"""A backward pass in NumPy in which every gradient has the shape of its array."""

from __future__ import annotations

import numpy as np


def backward(exps: np.ndarray, total: np.ndarray, dprobs: np.ndarray) -> dict[str, np.ndarray]:
    """The gradients of mean = x.sum(0)/n, diff = x - mean, exps = exp(diff), total = exps.sum(1), probs = exps/total.

    Args:
        exps: of shape (n, V).
        total: of shape (n, 1).
        dprobs: the upstream gradient, of shape (n, V).

    Returns:
        The gradients by name, each in the shape of its array: "total" (n, 1), "exps" (n, V), "diff" (n, V),
        "mean" (1, V) and "x" (n, V).
    """
    n = len(exps)
    # (n, 1): one number a row. As (n,) it would go along the columns in the next line, and for n = V without a word.
    dtotal = (-dprobs * exps / total**2).sum(1, keepdims=True)
    dexps = dprobs / total + dtotal
    ddiff = exps * dexps
    # (1, V): here (V,) would give the same numbers, and be wrong in the next place that relies on two axes.
    dmean = -ddiff.sum(0, keepdims=True)
    dx = ddiff + dmean / n
    return {"total": dtotal, "exps": dexps, "diff": ddiff, "mean": dmean, "x": dx}
