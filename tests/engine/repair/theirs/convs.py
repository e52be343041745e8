"""Convolutions in loops and by im2col."""

import numpy as np


def im2col(x, k, stride):
    n, c, h, w = x.shape
    oh, ow = (h - k) // stride + 1, (w - k) // stride + 1
    cols = np.zeros((n, c, k, k, oh, ow))
    for a in range(k):
        for b in range(k):
            cols[:, :, a, b] = x[:, :, a : a + stride * oh : stride, b : b + stride * ow : stride]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(n * oh * ow, -1), oh, ow


def col2im(dcols, shape, k, stride, oh, ow):
    n, c, _h, _w = shape
    dcols = dcols.reshape(n, oh, ow, c, k, k).transpose(0, 3, 4, 5, 1, 2)
    dx = np.zeros(shape)
    for a in range(k):
        for b in range(k):
            dx[:, :, a : a + stride * oh : stride, b : b + stride * ow : stride] += dcols[:, :, a, b]
    return dx


def conv_forward(x, w, b, stride=1):
    f, _c, k, _ = w.shape
    cols, oh, ow = im2col(x, k, stride)
    out = cols @ w.reshape(f, -1).T + b
    out = out.reshape(x.shape[0], oh, ow, f).transpose(0, 3, 1, 2)
    return out, (x.shape, w, cols, stride, oh, ow)


def conv_backward(dout, cache):
    shape, w, cols, stride, oh, ow = cache
    f, _c, k, _ = w.shape
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, f)
    db = dflat.sum(axis=0)
    dw = (dflat.T @ cols).reshape(w.shape)
    dcols = dflat @ w.reshape(f, -1)
    dx = col2im(dcols, shape, k, stride, oh, ow)
    return dx, dw, db


def conv1d_forward(x, w, b):
    n, _c, t = x.shape
    f, _, k = w.shape
    out = np.zeros((n, f, t - k + 1))
    for i in range(t - k + 1):
        out[:, :, i] = np.einsum("nck,fck->nf", x[:, :, i : i + k], w) + b
    return out, (x, w)


def conv1d_backward(dout, cache):
    x, w = cache
    k = w.shape[2]
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        g = dout[:, :, i]
        dw += np.einsum("nf,nck->fck", g, x[:, :, i : i + k])
        dx[:, :, i : i + k] += np.einsum("nf,fck->nck", g, w)
    db = dout.sum(axis=(0, 2))
    return dx, dw, db


def pool_forward(x, size):
    n, c, h, w = x.shape
    out = np.zeros((n, c, h // size, w // size))
    where = np.zeros(out.shape, dtype=int)
    for i in range(h // size):
        for j in range(w // size):
            patch = x[:, :, i * size : (i + 1) * size, j * size : (j + 1) * size].reshape(n, c, -1)
            where[:, :, i, j] = patch.argmax(axis=2)
            out[:, :, i, j] = patch.max(axis=2)
    return out, (x.shape, size, where)


def pool_backward(dout, cache):
    shape, size, where = cache
    n, c, oh, ow = dout.shape
    dx = np.zeros(shape)
    for i in range(oh):
        for j in range(ow):
            r, s = where[:, :, i, j] // size, where[:, :, i, j] % size
            for a in range(n):
                for b in range(c):
                    dx[a, b, i * size + r[a, b], j * size + s[a, b]] += dout[a, b, i, j]
    return dx
