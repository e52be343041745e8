"""Networks with lists of weights, a transformer's attention, and losses of many courses."""

import itertools

import numpy as np


def softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    e = np.exp(x)
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(p, t):
    return -np.sum(t * np.log(p + 1e-12)) / len(p)


class Net:
    def __init__(self, rng, sizes=(4, 6, 3)):
        self.weights = [rng.normal(size=(a, b)) * 0.5 for a, b in itertools.pairwise(sizes)]
        self.biases = [rng.normal(size=(1, b)) * 0.1 for b in sizes[1:]]

    def forward(self, x, t):
        self.activations = [x]
        self.zs = []
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = self.activations[-1] @ w + b
            self.zs.append(z)
            a = np.tanh(z) if i < len(self.weights) - 1 else softmax(z)
            self.activations.append(a)
        self.t = t
        return cross_entropy(self.activations[-1], t)

    def backward(self):
        m = len(self.t)
        delta = (self.activations[-1] - self.t) / m
        self.grad_weights = [None] * len(self.weights)
        self.grad_biases = [None] * len(self.biases)
        for i in reversed(range(len(self.weights))):
            self.grad_weights[i] = self.activations[i].T @ delta
            self.grad_biases[i] = delta.sum(axis=0, keepdims=True)
            if i > 0:
                delta = (delta @ self.weights[i].T) * (1 - self.activations[i] ** 2)
        return {"weights": self.grad_weights, "biases": self.grad_biases}


def model_loss(weights, biases, x, t):
    a = x
    for i, (w, b) in enumerate(zip(weights, biases)):
        z = a @ w + b
        a = np.tanh(z) if i < len(weights) - 1 else softmax(z)
    return cross_entropy(a, t)


def model_grads(weights, biases, x, t):
    acts = [x]
    for i, (w, b) in enumerate(zip(weights, biases)):
        z = acts[-1] @ w + b
        acts.append(np.tanh(z) if i < len(weights) - 1 else softmax(z))
    grad_w, grad_b = [None] * len(weights), [None] * len(biases)
    delta = (acts[-1] - t) / len(t)
    for i in reversed(range(len(weights))):
        grad_w[i] = acts[i].T @ delta
        grad_b[i] = delta.sum(axis=0, keepdims=True)
        if i > 0:
            upstream = delta @ weights[i].T
            delta = upstream * (1 - acts[i] ** 2)
    return {"weights": grad_w, "biases": grad_b}


def mha_forward(x, Wq, Wk, Wv, Wo):
    B, T, C = x.shape
    H = 2
    q = (x @ Wq).reshape(B, T, H, C // H).transpose(0, 2, 1, 3)
    k = (x @ Wk).reshape(B, T, H, C // H).transpose(0, 2, 1, 3)
    v = (x @ Wv).reshape(B, T, H, C // H).transpose(0, 2, 1, 3)
    att = q @ k.transpose(0, 1, 3, 2) / np.sqrt(C // H)
    mask = np.tril(np.ones((T, T), dtype=bool))
    att = np.where(mask, att, -1e9)
    p = softmax(att)
    y = (p @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
    out = y @ Wo
    return out, (x, Wq, Wk, Wv, Wo, q, k, v, p, y)


def mha_backward(dout, cache):
    x, Wq, Wk, Wv, Wo, q, k, v, p, y = cache
    B, T, C = x.shape
    H = 2
    dWo = y.reshape(-1, C).T @ dout.reshape(-1, C)
    dy = dout @ Wo.T
    dy = dy.reshape(B, T, H, C // H).transpose(0, 2, 1, 3)
    dp = dy @ v.transpose(0, 1, 3, 2)
    dv = p.transpose(0, 1, 3, 2) @ dy
    datt = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    datt = datt / np.sqrt(C // H)
    dq = datt @ k
    dk = datt.transpose(0, 1, 3, 2) @ q

    def merge(z):
        return z.transpose(0, 2, 1, 3).reshape(B, T, C)

    dq, dk, dv = merge(dq), merge(dk), merge(dv)
    x2 = x.reshape(-1, C)
    dWq = x2.T @ dq.reshape(-1, C)
    dWk = x2.T @ dk.reshape(-1, C)
    dWv = x2.T @ dv.reshape(-1, C)
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    return dx, dWq, dWk, dWv, dWo


def linreg(theta, X, y, lam):
    m = len(y)
    h = X.dot(theta)
    J = 1 / (2 * m) * np.sum((h - y) ** 2) + lam / (2 * m) * np.sum(theta[1:] ** 2)
    grad = 1 / m * X.T.dot(h - y)
    grad[1:] = grad[1:] + lam / m * theta[1:]
    return J, grad


def logreg_propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = 1 / m * np.dot(X, (A - Y).T)
    db = 1 / m * np.sum(A - Y)
    cost = np.squeeze(np.array(cost))
    grads = {"dw": dw, "db": db}
    return grads, cost


def logreg_cost(w, b, X, Y):
    return logreg_propagate(w, b, X, Y)[1]


def logreg_grads(w, b, X, Y):
    return logreg_propagate(w, b, X, Y)[0]


def rmsnorm_forward(x, g):
    ms = (x * x).mean(-1, keepdims=True)
    r = 1 / np.sqrt(ms + 1e-5)
    xh = x * r
    return xh * g, (x, g, r, xh)


def rmsnorm_backward(dout, cache):
    x, g, r, xh = cache
    dg = (dout * xh).sum(axis=(0, 1))
    dxh = dout * g
    dr = (dxh * x).sum(-1, keepdims=True)
    dms = dr * -0.5 * r**3
    dx = dxh * r + dms * 2 * x / x.shape[-1]
    return dx, dg


def avg_pool_forward(x, size):
    N, C, H, W = x.shape
    out = x.reshape(N, C, H // size, size, W // size, size).mean(axis=(3, 5))
    return out, (x.shape, size)


def avg_pool_backward(dout, cache):
    _shape, size = cache
    dx = np.repeat(np.repeat(dout, size, axis=2), size, axis=3) / (size * size)
    return dx


def embedding_bag(E, W, idx, y):
    h = E[idx].mean(axis=1)
    s = h @ W
    p = softmax(s)
    return -np.log(p[np.arange(len(y)), y]).mean()


def embedding_bag_grads(E, W, idx, y):
    h = E[idx].mean(axis=1)
    p = softmax(h @ W)
    ds = p.copy()
    ds[np.arange(len(y)), y] -= 1
    ds /= len(y)
    dW = h.T @ ds
    dh = ds @ W.T
    dE = np.zeros_like(E)
    for i in range(len(y)):
        for j in idx[i]:
            dE[j] += dh[i] / idx.shape[1]
    return dE, dW
