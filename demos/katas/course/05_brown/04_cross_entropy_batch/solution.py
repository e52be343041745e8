"""Backward through the mean cross-entropy of a batch."""

import math

from handgrad import Value


def cross_entropy_batch(z: list[list[Value]], targets: list[int]) -> None:
    """Fill in the grad of every logit, for L = the mean over rows of -log(softmax(z[i])[targets[i]]).

    Args:
        z: n rows of logits, all of one length; n from 2 to 5.
        targets: n true classes, each a place in its row.
    """
    n = len(z)
    for row, target in zip(z, targets):
        # The softmax is taken along the row: one total for each, not one for the batch.
        exps = [math.exp(logit.data) for logit in row]
        total = sum(exps)
        for j, logit in enumerate(row):
            # Divided by the number of rows, which the mean was taken over; not by the number of logits.
            logit.grad = (exps[j] / total - (j == target)) / n
