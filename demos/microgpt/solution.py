"""One solution of the worksheet; others are as right. What is easily missed is said beside it."""

from __future__ import annotations

import numpy as np

from handgrad.demos.microgpt import by_hand


def every_step(x):
    """Part 1: the gradient of every array, one by one, from the loss down."""
    # Softmax, logarithm and mean in one: p - y, over the number of positions.
    dlogits = x.probs.copy()
    dlogits[range(x.T), x.targets] -= 1.0
    dlogits /= x.T
    dout = dlogits @ x.wte
    # A sum hands its gradient on to both: here to the MLP, further down to the stream.
    dmlp = dout
    dz = dmlp @ x.W2.T
    dW2 = x.z.T @ dmlp
    dh = dz * (x.h > 0.0)
    dW1 = x.m.T @ dh
    dm = dh @ x.W1.T
    # y_inv (T, 1) was broadcast along its row, so its gradient is summed along it.
    dy_inv = (dm * x.y).sum(1, keepdims=True)
    dy_ms = -0.5 * (x.y_ms + 1e-5) ** -1.5 * dy_inv
    # y has three uses: in the stream, in m, and in its own mean square, where each entry has a C-th.
    C = x.y.shape[1]
    dy = dout + dm * x.y_inv + 2.0 * x.y / C * dy_ms
    dattended = dy
    dmerged = dattended @ x.Wo.T
    dWo = x.merged.T @ dattended
    # The steps of the way there in reverse: first the columns into heads, then the axes.
    dheads = dmerged.reshape(x.T, x.H, x.d).transpose(1, 0, 2)
    dweights = dheads @ x.vs.swapaxes(1, 2)
    dvs = x.weights.swapaxes(1, 2) @ dheads
    # Each weight depends on all scores of its row. Where the mask hid one, its weight is 0, and so is this.
    dscores = x.weights * (dweights - (x.weights * dweights).sum(2, keepdims=True))
    # The scale is in scores' definition: it comes in on the way to its two factors, once for each.
    dqs = dscores @ x.ks / x.d**0.5
    dks = dscores.swapaxes(1, 2) @ x.qs / x.d**0.5
    dv = dvs.transpose(1, 0, 2).reshape(x.T, -1)
    dWv = x.a.T @ dv
    dk = dks.transpose(1, 0, 2).reshape(x.T, -1)
    dWk = x.a.T @ dk
    dq = dqs.transpose(1, 0, 2).reshape(x.T, -1)
    dWq = x.a.T @ dq
    # a was read three times.
    da = dq @ x.Wq.T + dk @ x.Wk.T + dv @ x.Wv.T
    dx_inv = (da * x.x).sum(1, keepdims=True)
    dx_ms = -0.5 * (x.x_ms + 1e-5) ** -1.5 * dx_inv
    dx = dy + da * x.x_inv + 2.0 * x.x / C * dx_ms
    demb_inv = (dx * x.emb).sum(1, keepdims=True)
    demb_ms = -0.5 * (x.emb_ms + 1e-5) ** -1.5 * demb_inv
    demb = dx * x.emb_inv + 2.0 * x.emb / C * demb_ms
    dpos = demb
    # The rows of the positions that this text does not reach move nothing.
    dwpe = np.zeros_like(x.wpe)
    dwpe[: x.T] = dpos
    dtok = demb
    # The table is used at both ends, and a token that occurs twice is picked twice.
    dwte = dlogits.T @ x.out
    np.add.at(dwte, x.tokens, dtok)
    return locals()


def norm(x, dx):
    """Part 2: the norm in closed form; stretching a row costs nothing, so subtract the part of dx along the row."""
    return x.emb_inv * (dx - x.x * (dx * x.x).mean(1, keepdims=True))


def backward(x):
    """Part 3: the whole backward pass, in its short form."""
    return by_hand.backward(x)
