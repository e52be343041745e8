"""Attention in tiles, with the logarithm of the sums kept for the backward."""

import numpy as np

BLOCK = 3


def flash_forward(q, k, v):
    n, d = q.shape
    m = k.shape[0]
    scale = 1.0 / np.sqrt(d)
    out = np.zeros((n, v.shape[1]))
    lse = np.zeros(n)
    for i in range(0, n, BLOCK):
        qi = q[i : i + BLOCK]
        top = np.full(qi.shape[0], -np.inf)
        total = np.zeros(qi.shape[0])
        acc = np.zeros((qi.shape[0], v.shape[1]))
        for j in range(0, m, BLOCK):
            s = scale * qi @ k[j : j + BLOCK].T
            new = np.maximum(top, s.max(axis=1))
            p = np.exp(s - new[:, None])
            alpha = np.exp(top - new)
            total = alpha * total + p.sum(axis=1)
            acc = alpha[:, None] * acc + p @ v[j : j + BLOCK]
            top = new
        out[i : i + BLOCK] = acc / total[:, None]
        lse[i : i + BLOCK] = top + np.log(total)
    return out, (q, k, v, out, lse)


def flash_backward(dout, cache):
    q, k, v, out, lse = cache
    n, d = q.shape
    scale = 1.0 / np.sqrt(d)
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    delta = (dout * out).sum(axis=1)
    for j in range(0, k.shape[0], BLOCK):
        kj, vj = k[j : j + BLOCK], v[j : j + BLOCK]
        for i in range(0, n, BLOCK):
            qi, doi = q[i : i + BLOCK], dout[i : i + BLOCK]
            s = scale * qi @ kj.T
            p = np.exp(s - lse[i : i + BLOCK, None])
            dv[j : j + BLOCK] += p.T @ doi
            dp = doi @ vj.T
            ds = p * (dp - delta[i : i + BLOCK, None]) * scale
            dq[i : i + BLOCK] += ds @ kj
            dk[j : j + BLOCK] += ds.T @ qi
    return dq, dk, dv


def causal_forward(q, k, v):
    t, d = q.shape
    s = q @ k.T / np.sqrt(d)
    mask = np.tril(np.ones((t, t), dtype=bool))
    s = np.where(mask, s, -1e9)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    o = p @ v
    return o, (q, k, v, p, o)


def causal_backward(do, cache):
    """Row by row, in the order of the queries."""
    q, k, v, p, o = cache
    t, d = q.shape
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for i in range(t):
        pi = p[i, : i + 1]
        dv[: i + 1] += np.outer(pi, do[i])
        dpi = v[: i + 1] @ do[i]
        dsi = pi * (dpi - do[i] @ o[i])
        dq[i] = dsi @ k[: i + 1] / np.sqrt(d)
        dk[: i + 1] += np.outer(dsi, q[i]) / np.sqrt(d)
    return dq, dk, dv
