"""Layers of several operations in one backward, as people fuse them by hand."""

import numpy as np


def linear_xent_forward(x, w, y, chunk=2):
    """Logits and cross-entropy by chunks of rows; the logits are not kept."""
    n = x.shape[0]
    lse = np.zeros(n)
    loss = 0.0
    for i in range(0, n, chunk):
        logits = x[i : i + chunk] @ w
        m = logits.max(axis=1)
        lse[i : i + chunk] = m + np.log(np.exp(logits - m[:, None]).sum(axis=1))
        loss += (lse[i : i + chunk] - logits[np.arange(logits.shape[0]), y[i : i + chunk]]).sum()
    return loss / n, (x, w, y, lse, chunk)


def linear_xent_backward(dloss, cache):
    x, w, y, lse, chunk = cache
    n = x.shape[0]
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for i in range(0, n, chunk):
        xi = x[i : i + chunk]
        p = np.exp(xi @ w - lse[i : i + chunk, None])
        p[np.arange(p.shape[0]), y[i : i + chunk]] -= 1.0
        p *= dloss / n
        dx[i : i + chunk] = p @ w.T
        dw += xi.T @ p
    return dx, dw


def swiglu_forward(x, w1, w2, w3):
    a = x @ w1
    b = x @ w2
    s = 1.0 / (1.0 + np.exp(-a))
    h = a * s * b
    return h @ w3, (x, w1, w2, w3, a, b, s)


def swiglu_backward(dout, cache):
    x, w1, w2, w3, a, b, s = cache
    dh = dout @ w3.T
    dw3 = (a * s * b).T @ dout
    db = dh * a * s
    da = dh * b * (s + a * s * (1.0 - s))
    dw1 = x.T @ da
    dw2 = x.T @ db
    dx = da @ w1.T + db @ w2.T
    return dx, dw1, dw2, dw3


def rms_linear_forward(x, g, w):
    r = 1.0 / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + 1e-6)
    return (x * r * g) @ w, (x, g, w, r)


def rms_linear_backward(dy, cache):
    x, g, w, r = cache
    xn = x * r
    dw = (xn * g).T @ dy
    dn = dy @ w.T
    dg = (dn * xn).sum(axis=0)
    dxn = dn * g
    dx = r * (dxn - xn * (dxn * xn).mean(axis=1, keepdims=True))
    return dx, dg, dw


def focal_forward(z, t, gamma=2.0):
    p = 1.0 / (1.0 + np.exp(-z))
    pt = np.where(t == 1, p, 1 - p)
    return np.mean(-((1 - pt) ** gamma) * np.log(pt)), (z, t, gamma, pt)


def focal_backward(dloss, cache):
    z, t, gamma, pt = cache
    n = z.size
    dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    sgn = np.where(t == 1, 1.0, -1.0)
    dz = dloss * dpt * sgn * pt * (1 - pt) / n
    return dz


def kl_forward(mu, logvar, w):
    """A Gaussian's distance to the standard one, and a linear decoder of its mean."""
    rec = 0.5 * np.sum((mu @ w) ** 2)
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    return rec + 0.3 * kl, (mu, logvar, w)


def kl_backward(dloss, cache):
    mu, logvar, w = cache
    drec = dloss * (mu @ w)
    dw = mu.T @ drec
    dmu = drec @ w.T + 0.3 * dloss * mu
    dlogvar = -0.5 * 0.3 * dloss * (1 - np.exp(logvar))
    return dmu, dlogvar, dw
