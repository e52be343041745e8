"""The backward pass of the network, written by hand in NumPy: what the GPT belt teaches, in one function."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np


def backward(x: SimpleNamespace) -> dict[str, Any]:
    """Return the gradient of each parameter.

    Args:
        x: the float arrays of a forward pass, by their names.

    Returns:
        wte, wpe, Wq, Wk, Wv, Wo, W1 and W2, each in the shape of its array.
    """
    # Softmax, logarithm and mean in one: (p - y) / T.
    dlogits = x.probs.copy()
    dlogits[range(x.T), x.targets] -= 1.0
    dlogits /= x.T
    dout = dlogits @ x.wte
    # The MLP, and the stream past it.
    dh = (dout @ x.W2.T) * (x.h > 0.0)
    dy = dout + norm_backward(x.m, x.y_inv, dh @ x.W1.T)
    # Attention, and the stream past it.
    dheads = split_heads(dy @ x.Wo.T, x.H)
    dweights = dheads @ x.vs.swapaxes(1, 2)
    dscores = x.weights * (dweights - (x.weights * dweights).sum(2, keepdims=True))
    dq = merge_heads(dscores @ x.ks / x.d**0.5)
    dk = merge_heads(dscores.swapaxes(1, 2) @ x.qs / x.d**0.5)
    dv = merge_heads(x.weights.swapaxes(1, 2) @ dheads)
    da = dq @ x.Wq.T + dk @ x.Wk.T + dv @ x.Wv.T
    dx = dy + norm_backward(x.a, x.x_inv, da)
    demb = norm_backward(x.x, x.emb_inv, dx)
    # The table of the tokens is used at both ends.
    dwte = dlogits.T @ x.out
    np.add.at(dwte, x.tokens, demb)
    dwpe = np.zeros_like(x.wpe)
    dwpe[: x.T] = demb
    return {
        "wte": dwte, "wpe": dwpe, "Wq": x.a.T @ dq, "Wk": x.a.T @ dk, "Wv": x.a.T @ dv, "Wo": x.merged.T @ dy,
        "W1": x.m.T @ dh, "W2": x.z.T @ dout,
    }  # fmt: skip


def norm_backward(norm: Any, inv: Any, dnorm: Any) -> Any:
    """Return the gradient of what was normed: without its part along the row, since stretching a row costs nothing."""
    return inv * (dnorm - norm * (dnorm * norm).mean(1, keepdims=True))


def split_heads(rows: Any, heads: int) -> Any:
    """Reshape (T, C) to (H, T, d)."""
    length, width = rows.shape
    return rows.reshape(length, heads, width // heads).transpose(1, 0, 2)


def merge_heads(heads: Any) -> Any:
    """Reshape (H, T, d) to (T, C)."""
    return heads.transpose(1, 0, 2).reshape(heads.shape[1], -1)
