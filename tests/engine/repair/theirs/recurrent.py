"""Recurrences, back through time."""

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_forward(x, h0, c0, wx, wh, b):
    t, _n, _ = x.shape
    hid = h0.shape[1]
    h, c = h0, c0
    hs, steps = [], []
    for s in range(t):
        z = x[s] @ wx + h @ wh + b
        i, f = sigmoid(z[:, :hid]), sigmoid(z[:, hid : 2 * hid])
        o, g = sigmoid(z[:, 2 * hid : 3 * hid]), np.tanh(z[:, 3 * hid :])
        prev_h, prev_c = h, c
        c = f * c + i * g
        tc = np.tanh(c)
        h = o * tc
        hs.append(h)
        steps.append((prev_h, prev_c, i, f, o, g, tc))
    return np.stack(hs), (x, wx, wh, steps)


def lstm_backward(dhs, cache):
    x, wx, wh, steps = cache
    dx = np.zeros_like(x)
    dwx, dwh = np.zeros_like(wx), np.zeros_like(wh)
    db = np.zeros(wx.shape[1])
    dh_next = np.zeros_like(steps[0][0])
    dc_next = np.zeros_like(steps[0][1])
    for s in reversed(range(len(steps))):
        prev_h, prev_c, i, f, o, g, tc = steps[s]
        dh = dhs[s] + dh_next
        do = dh * tc
        dc = dc_next + dh * o * (1 - tc**2)
        di, dg = dc * g, dc * i
        df = dc * prev_c
        dz = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
        dx[s] = dz @ wx.T
        dwx += x[s].T @ dz
        dwh += prev_h.T @ dz
        db += dz.sum(axis=0)
        dh_next = dz @ wh.T
        dc_next = dc * f
    return dx, dh_next, dc_next, dwx, dwh, db


def rnn_loss(x, y, wxh, whh, why, h0):
    t = len(x)
    h, loss = h0, 0.0
    for s in range(t):
        h = np.tanh(x[s] @ wxh + h @ whh)
        z = h @ why
        z = z - z.max(axis=1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        loss -= logp[np.arange(len(z)), y[s]].mean()
    return loss / t


def rnn_grads(x, y, wxh, whh, why, h0):
    t = len(x)
    hs, ps = {-1: h0}, {}
    for s in range(t):
        hs[s] = np.tanh(x[s] @ wxh + hs[s - 1] @ whh)
        z = hs[s] @ why
        e = np.exp(z - z.max(axis=1, keepdims=True))
        ps[s] = e / e.sum(axis=1, keepdims=True)
    dwxh, dwhh, dwhy = np.zeros_like(wxh), np.zeros_like(whh), np.zeros_like(why)
    carry = np.zeros_like(h0)
    for s in reversed(range(t)):
        dz = ps[s].copy()
        dz[np.arange(len(dz)), y[s]] -= 1
        dz /= len(dz) * t
        dwhy += hs[s].T @ dz
        dh = dz @ why.T + carry
        da = dh * (1 - hs[s] ** 2)
        dwxh += x[s].T @ da
        dwhh += hs[s - 1].T @ da
        carry = da @ whh.T
    return {"wxh": dwxh, "whh": dwhh, "why": dwhy, "h0": carry}


class GRU:
    """One layer over time; gates beside one another in the columns."""

    def __init__(self, rng, n_in=3, n_hid=4):
        self.W = rng.normal(size=(n_in, 3 * n_hid)) * 0.7
        self.U = rng.normal(size=(n_hid, 3 * n_hid)) * 0.7
        self.b = rng.normal(size=3 * n_hid) * 0.1
        self.n = n_hid

    def forward(self, x):
        n = self.n
        h = np.zeros((x.shape[1], n))
        self.x, self.saved = x, []
        outs = []
        for step in x:
            a = step @ self.W + self.b
            u = h @ self.U
            r = sigmoid(a[:, :n] + u[:, :n])
            z = sigmoid(a[:, n : 2 * n] + u[:, n : 2 * n])
            hh = np.tanh(a[:, 2 * n :] + r * u[:, 2 * n :])
            self.saved.append((h, u, r, z, hh))
            h = z * h + (1 - z) * hh
            outs.append(h)
        return np.array(outs)

    def backward(self, dout):
        n = self.n
        self.dW, self.dU, self.db = np.zeros_like(self.W), np.zeros_like(self.U), np.zeros_like(self.b)
        dx = np.zeros_like(self.x)
        dh_next = np.zeros_like(dout[0])
        for t in range(len(dout) - 1, -1, -1):
            h, u, r, z, hh = self.saved[t]
            dh = dout[t] + dh_next
            dz = dh * (h - hh) * z * (1 - z)
            dhh = dh * (1 - z) * (1 - hh**2)
            dr = dhh * u[:, 2 * n :] * r * (1 - r)
            da = np.concatenate([dr, dz, dhh], axis=1)
            du = np.concatenate([dr, dz, dhh * r], axis=1)
            self.dW += self.x[t].T @ da
            self.dU += h.T @ du
            self.db += da.sum(axis=0)
            dx[t] = da @ self.W.T
            dh_next = dh * z + du @ self.U.T
        return dx
