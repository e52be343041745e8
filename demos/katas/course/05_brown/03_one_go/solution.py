"""Backward through softmax and cross-entropy together, in closed form."""

import math

from handgrad import Value


def one_go(z: list[Value], target: int) -> None:
    """Fill in the grad of every logit, dL/dz[j], for L = -log(softmax(z)[target]).

    Args:
        z: the logits, 2 to 5 nodes.
        target: the true class, a place in z.
    """
    exps = [math.exp(logit.data) for logit in z]
    total = sum(exps)
    for j, logit in enumerate(z):
        # p - y: the (j == target) is the one-hot row, 1 at the true class and 0 elsewhere.
        logit.grad = exps[j] / total - (j == target)
