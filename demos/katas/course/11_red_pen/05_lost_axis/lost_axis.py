"""A backward pass in NumPy that loses an axis in two places."""

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
    # TODO: two of these lines lose an axis. Fix those.
    n = len(exps)
    dtotal = (-dprobs * exps / total**2).sum(1)
    dexps = dprobs / total + dtotal
    ddiff = exps * dexps
    dmean = -ddiff.sum(0)
    dx = ddiff + dmean / n
    return {"total": dtotal, "exps": dexps, "diff": ddiff, "mean": dmean, "x": dx}
