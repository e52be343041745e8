"""Normalisations and small networks."""

import numpy as np


def layernorm_forward(x, g, b, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    var = ((x - mu) ** 2).mean(-1, keepdims=True)
    rstd = 1.0 / np.sqrt(var + eps)
    xhat = (x - mu) * rstd
    return g * xhat + b, (xhat, rstd, g)


def layernorm_backward(dy, cache):
    xhat, rstd, g = cache
    db = dy.sum(axis=(0, 1))
    dg = (dy * xhat).sum(axis=(0, 1))
    dxhat = dy * g
    c1 = dxhat.mean(-1, keepdims=True)
    c2 = (dxhat * xhat).mean(-1, keepdims=True)
    dx = rstd * (dxhat - c1 - xhat * c2)
    return dx, dg, db


def layernorm_loop_backward(dy, cache):
    """Row by row, as a kernel does it."""
    xhat, rstd, g = cache
    dx = np.zeros_like(dy)
    dg, db = np.zeros_like(g), np.zeros_like(g)
    rows, cols, d = dy.shape
    for i in range(rows):
        for j in range(cols):
            total, dot = 0.0, 0.0
            for k in range(d):
                w = dy[i, j, k] * g[k]
                total += w
                dot += w * xhat[i, j, k]
                dg[k] += dy[i, j, k] * xhat[i, j, k]
                db[k] += dy[i, j, k]
            for k in range(d):
                w = dy[i, j, k] * g[k]
                dx[i, j, k] = rstd[i, j, 0] * (w - total / d - xhat[i, j, k] * dot / d)
    return dx, dg, db


def groupnorm_forward(x, gamma, beta, groups=2):
    n, _c, _h, _w = x.shape
    xg = x.reshape(n, groups, -1)
    mean = xg.mean(axis=2, keepdims=True)
    std = np.sqrt(xg.var(axis=2, keepdims=True) + 1e-5)
    xn = ((xg - mean) / std).reshape(x.shape)
    return xn * gamma[:, None, None] + beta[:, None, None], (xn, std, gamma, groups)


def groupnorm_backward(dout, cache):
    xn, std, gamma, groups = cache
    n = dout.shape[0]
    dgamma = np.sum(dout * xn, axis=(0, 2, 3))
    dbeta = np.sum(dout, axis=(0, 2, 3))
    d = (dout * gamma[:, None, None]).reshape(n, groups, -1)
    y = xn.reshape(n, groups, -1)
    m = d.shape[2]
    dx = (m * d - d.sum(axis=2, keepdims=True) - y * (d * y).sum(axis=2, keepdims=True)) / (m * std)
    return dx.reshape(dout.shape), dgamma, dbeta


def elu_net_loss(W1, b1, W2, b2, X, Y, alpha=0.8, reg=0.1):
    z = X @ W1 + b1
    h = np.where(z > 0, z, alpha * (np.exp(z) - 1))
    out = h @ W2 + b2
    return 0.5 * np.mean(np.sum((out - Y) ** 2, axis=1)) + reg * (np.sum(W1**2) + np.sum(W2**2))


def elu_net_grads(W1, b1, W2, b2, X, Y, alpha=0.8, reg=0.1):
    z = X @ W1 + b1
    h = np.where(z > 0, z, alpha * (np.exp(z) - 1))
    out = h @ W2 + b2
    dout = (out - Y) / len(X)
    dW2 = h.T @ dout + 2 * reg * W2
    db2 = dout.sum(axis=0)
    dh = dout @ W2.T
    dz = dh * np.where(z > 0, 1.0, h + alpha)
    dW1 = X.T @ dz + 2 * reg * W1
    db1 = dz.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


class Attention:
    """Several heads, the weights in the object."""

    def __init__(self, rng, d=6, heads=2):
        self.Wq, self.Wk, self.Wv, self.Wo = (rng.normal(size=(d, d)) * 0.6 for _ in range(4))
        self.heads = heads

    def split(self, x):
        b, t, d = x.shape
        return x.reshape(b, t, self.heads, d // self.heads).transpose(0, 2, 1, 3)

    def merge(self, x):
        b, h, t, d = x.shape
        return x.transpose(0, 2, 1, 3).reshape(b, t, h * d)

    def forward(self, x):
        q, k, v = self.split(x @ self.Wq), self.split(x @ self.Wk), self.split(x @ self.Wv)
        s = q @ k.transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1])
        e = np.exp(s - s.max(-1, keepdims=True))
        p = e / e.sum(-1, keepdims=True)
        o = self.merge(p @ v)
        self.cache = x, q, k, v, p, o
        return o @ self.Wo

    def backward(self, dout):
        x, q, k, v, p, o = self.cache
        flat = x.reshape(-1, x.shape[-1])
        self.dWo = o.reshape(flat.shape).T @ dout.reshape(flat.shape)
        do = self.split(dout @ self.Wo.T)
        dv = p.transpose(0, 1, 3, 2) @ do
        dp = do @ v.transpose(0, 1, 3, 2)
        ds = p * (dp - (dp * p).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])
        dq = self.merge(ds @ k)
        dk = self.merge(ds.transpose(0, 1, 3, 2) @ q)
        dv = self.merge(dv)
        self.dWq = flat.T @ dq.reshape(flat.shape)
        self.dWk = flat.T @ dk.reshape(flat.shape)
        self.dWv = flat.T @ dv.reshape(flat.shape)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


def embed_loss(E, W, words, labels):
    """A bag of words: the mean of embeddings, and a logistic unit each."""
    h = E[words].mean(axis=1)
    z = h @ W
    p = 1 / (1 + np.exp(-z))
    return -np.mean(np.sum(labels * np.log(p) + (1 - labels) * np.log(1 - p), axis=1))


def embed_grads(E, W, words, labels):
    h = E[words].mean(axis=1)
    p = 1 / (1 + np.exp(-(h @ W)))
    dz = (p - labels) / len(words)
    dW = h.T @ dz
    dh = dz @ W.T
    dE = np.zeros_like(E)
    np.add.at(dE, words, dh[:, None, :] / words.shape[1])
    return {"E": dE, "W": dW}
