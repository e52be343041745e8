"""One solution of the worksheet; others are as right. What is easily missed is said beside it."""

from __future__ import annotations

import numpy as np


def every_step(x):
    """Part 1: the gradient of every intermediate array, one by one, from the loss down."""
    # Only the log-probability of each target enters the loss, through a mean: 1/n each.
    dlogprobs = np.zeros_like(x.logprobs)
    dlogprobs[range(x.n), x.Yb] = -1.0 / x.n
    dprobs = (1.0 / x.probs) * dlogprobs
    # counts_sum_inv (n, 1) was broadcast along the rows, so its gradient is summed along them.
    dcounts_sum_inv = (x.counts * dprobs).sum(1, keepdims=True)
    dcounts_sum = -(x.counts_sum**-2) * dcounts_sum_inv
    # counts is used twice: in probs and in counts_sum. The two add up.
    dcounts = x.counts_sum_inv * dprobs + np.ones_like(x.counts) * dcounts_sum
    dnorm_logits = x.counts * dcounts
    dlogit_maxes = (-dnorm_logits).sum(1, keepdims=True)
    # logits is used twice too, and the maximum passes its gradient to the largest entry of the row alone.
    dlogits = dnorm_logits.copy()
    dlogits[range(x.n), x.logits.argmax(1)] += dlogit_maxes.ravel()
    # For a matrix product, only one order and transpose fits the shapes.
    dh = dlogits @ x.W2.T
    dW2 = x.h.T @ dlogits
    db2 = dlogits.sum(0)
    dhpreact = (1.0 - x.h**2) * dh
    dbngain = (x.bnraw * dhpreact).sum(0, keepdims=True)
    dbnbias = dhpreact.sum(0, keepdims=True)
    dbnraw = x.bngain * dhpreact
    dbnvar_inv = (x.bndiff * dbnraw).sum(0, keepdims=True)
    dbnvar = -0.5 * (x.bnvar + 1e-5) ** -1.5 * dbnvar_inv
    # What was summed forward is broadcast backward.
    dbndiff2 = 1.0 / (x.n - 1) * np.ones_like(x.bndiff2) * dbnvar
    # Two uses again: in bnraw and in bndiff2.
    dbndiff = x.bnvar_inv * dbnraw + 2.0 * x.bndiff * dbndiff2
    dbnmeani = (-dbndiff).sum(0, keepdims=True)
    # And again: in bndiff and in the mean.
    dhprebn = dbndiff + 1.0 / x.n * np.ones_like(x.hprebn) * dbnmeani
    dembcat = dhprebn @ x.W1.T
    dW1 = x.embcat.T @ dhprebn
    db1 = dhprebn.sum(0)
    demb = dembcat.reshape(x.emb.shape)
    # A character that occurs twice in the batch is used twice: C[Xb] = demb would keep its last use alone.
    dC = np.zeros_like(x.C)
    np.add.at(dC, x.Xb, demb)
    return locals()


def cross_entropy(x):
    """Part 2: dlogits in closed form; every step between cancels down to this."""
    dlogits = x.probs.copy()
    dlogits[range(x.n), x.Yb] -= 1.0
    return dlogits / x.n


def batch_norm(x, dhpreact):
    """Part 3: dhprebn in closed form, with the three uses of hprebn in one bracket."""
    n = x.n
    return (
        x.bngain
        * x.bnvar_inv
        / n
        * (n * dhpreact - dhpreact.sum(0) - n / (n - 1) * x.bnraw * (dhpreact * x.bnraw).sum(0))
    )


def backward(x):
    """Part 4: the whole backward pass for training, with the short forms of parts 2 and 3."""
    dlogits = cross_entropy(x)
    dh = dlogits @ x.W2.T
    dhpreact = (1.0 - x.h**2) * dh
    dhprebn = batch_norm(x, dhpreact)
    demb = (dhprebn @ x.W1.T).reshape(x.emb.shape)
    dC = np.zeros_like(x.C)
    np.add.at(dC, x.Xb, demb)
    return {
        "C": dC,
        "W1": x.embcat.T @ dhprebn,
        "b1": dhprebn.sum(0),
        "W2": x.h.T @ dlogits,
        "b2": dlogits.sum(0),
        "bngain": (x.bnraw * dhpreact).sum(0, keepdims=True),
        "bnbias": dhpreact.sum(0, keepdims=True),
    }
