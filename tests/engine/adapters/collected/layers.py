"""Layers in NumPy and their backward passes, with the mistakes that were reported of them."""

from __future__ import annotations

from .case import functions, layer, slip, some

LAYERNORM = """\
import numpy as np

def layernorm_forward(x, gamma, beta):
    mean = x.mean(axis=-1, keepdims=True)
    rstd = 1.0 / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    xhat = (x - mean) * rstd
    return gamma * xhat + beta, (xhat, rstd, gamma)

def layernorm_backward(dy, cache):
    xhat, rstd, gamma = cache
    dxhat = dy * gamma
    s1 = dxhat.mean(axis=-1, keepdims=True)
    s2 = (dxhat * xhat).mean(axis=-1, keepdims=True)
    correction = np.zeros_like(dxhat)
    correction += xhat * s2
    dx = rstd * (dxhat - s1 - correction)
    dgamma = (dy * xhat).sum(axis=(0, 1))
    dbeta = dy.sum(axis=(0, 1))
    return dx, dgamma, dbeta
"""

SOFTMAX = """\
import numpy as np

class Layer:
    axis = 1

class Softmax(Layer):
    def forward(self, X):
        e = np.exp(X - np.max(X, axis=self.axis, keepdims=True))
        s = np.sum(e, axis=self.axis, keepdims=True)
        self.Y = e / s
        return self.Y

    def backward(self, dY):
        inner = np.sum(self.Y * dY, axis=self.axis, keepdims=True)
        self.dX = np.multiply(self.Y, dY - inner)
        return self.dX
"""

LOG_SOFTMAX = """\
import numpy as np

def forward(z):
    shifted = z - z.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logp, logp

def backward(gy, logp):
    total = gy.sum(axis=1, keepdims=True)
    g = gy - np.exp(logp) * total
    return g
"""

POOLED = """\
import numpy as np

def forward(x):
    k, stride = 3, 1
    h, w = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
    out = np.empty((h, w))
    for i in range(h):
        for j in range(w):
            out[i, j] = x[i * stride:i * stride + k, j * stride:j * stride + k].max()
    return out, (x, k, stride)

def backward(dout, cache):
    x, k, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            top, left = i * stride, j * stride
            window = x[top:top + k, left:left + k]
            a, b = np.unravel_index(np.argmax(window), window.shape)
            dx[top + a, left + b] += dout[i, j]
    return dx
"""

KERNELS = """\
import numpy as np

def im2col(image, k):
    depth, height, width = image.shape
    rows = []
    for i in range(height - k + 1):
        for j in range(width - k + 1):
            rows.append(image[:, i:i + k, j:j + k].reshape(-1))
    return np.stack(rows, axis=1)

def conv_forward(x, W):
    N, (F, _, k, _) = x.shape[0], W.shape
    side = x.shape[2] - k + 1
    out = np.zeros((N, F, side, side))
    for n in range(N):
        out[n] = (W.reshape(F, -1) @ im2col(x[n], k)).reshape(F, side, side)
    return out, (x, W)

def conv_backward(dout, cache):
    x, W = cache
    F, depth, k, _ = W.shape
    dW = np.zeros((F, depth * k * k))
    dx = np.zeros_like(x)
    for n in range(len(x)):
        flat = dout[n].reshape(F, -1)
        dW += flat @ im2col(x[n], k).T
        dcol = W.reshape(F, -1).T @ flat
        at = 0
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                dx[n, :, i:i + k, j:j + k] += dcol[:, at].reshape(depth, k, k)
                at += 1
    return dx, dW.reshape(W.shape)
"""

SEQUENCE = """\
import numpy as np

def forward(x, w, b):
    z = np.convolve(x, w[::-1], "valid") + b
    return np.tanh(z), (x, w, z)

def backward(dout, cache):
    x, w, z = cache
    delta = dout * (1 - np.tanh(z) ** 2)
    dw = np.convolve(x, delta[::-1], "valid")
    db = np.array([np.sum(delta)])
    dx = np.convolve(delta, w, "full")
    return dx, dw, db
"""

COLUMNS = """\
import numpy as np

def im2col_indices(X, Fh, Fw):
    N, H, W, C = X.shape
    oh, ow = H - Fh + 1, W - Fw + 1
    cols = np.zeros((N * oh * ow, Fh * Fw * C))
    for y in range(Fh):
        for x in range(Fw):
            col_idx = y * Fw + x
            patch = X[:, y:y + oh, x:x + ow, :]
            cols[:, col_idx * C:(col_idx + 1) * C] = patch.reshape(-1, C)
    return cols

def col2im_indices(cols, shape, Fh, Fw):
    N, H, W, C = shape
    oh, ow = H - Fh + 1, W - Fw + 1
    X = np.zeros(shape)
    for y in range(Fh):
        for x in range(Fw):
            col_idx = y * Fw + x
            patch = cols[:, col_idx * C:(col_idx + 1) * C].reshape(N, oh, ow, C)
            X[:, y:y + oh, x:x + ow, :] += patch
    return X

class ConvLayer:
    Fh = Fw = 2

    def forward(self, X, weights):
        self.shape, self.weights = X.shape, weights
        self.cols = im2col_indices(X, self.Fh, self.Fw)
        out = self.cols @ weights
        return out.reshape(X.shape[0], X.shape[1] - 1, X.shape[2] - 1, -1)

    def backward(self, dout):
        flat = dout.reshape(-1, self.weights.shape[1])
        dweights = self.cols.T @ flat
        dX = col2im_indices(flat @ self.weights.T, self.shape, self.Fh, self.Fw)
        return dX, dweights
"""

BATCHNORM = """\
import numpy as np

def batch_norm(x, gamma, beta):
    eps = 1e-5
    mean = np.mean(x, axis=0)
    variance = np.mean((x - mean) ** 2, axis=0)
    out = gamma * (x - mean) / np.sqrt(variance + eps) + beta
    return out, (x, mean, variance, gamma, eps)

def batch_norm_backward(gy, cache):
    x, mean, variance, gamma, eps = cache
    n = len(x)
    input_mean = x - mean
    std_inv = 1.0 / np.sqrt(variance + eps)
    norm = gy * gamma
    var = np.sum(norm * input_mean, axis=0) * std_inv ** 3 * -0.5
    g = norm * std_inv + input_mean * var * 2 / n
    g += np.sum(norm * -std_inv, axis=0) / n
    return g, np.sum(gy * input_mean * std_inv, axis=0), np.sum(gy, axis=0)
"""

HEAD = """\
import numpy as np

def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def forward(W1, W2, X, T):
    hidden = np.tanh(X @ W1)
    probs = softmax(hidden @ W2)
    return 0.5 * np.sum((probs - T) ** 2)

def softmax_backward(delta, probs):
    return probs * (delta - np.sum(delta * probs, axis=1, keepdims=True))

def backward(W1, W2, X, T):
    hidden = np.tanh(X @ W1)
    probs = softmax(hidden @ W2)
    delta = probs - T
    delta_in = softmax_backward(delta, probs)
    dW2 = hidden.T @ delta_in
    dhidden = delta_in @ W2.T * (1 - hidden ** 2)
    dW1 = X.T @ dhidden
    return {"dW1": dW1, "dW2": dW2}
"""


def head():
    W1, W2, X = some(20, (4, 5), (5, 3), (6, 4))()
    return {"W1": W1, "W2": W2, "X": X, "T": X[:, :3] * 0.1 + 0.3}


LAYERS = [
    slip("tenstorrent/tt-metal#53215", LAYERNORM,
         functions("layernorm_forward", "layernorm_backward", some(11, (2, 3, 5), (5,), (5,))),
         "correction = np.zeros_like(dxhat)", "correction = s1 * np.ones_like(dxhat)",
         "factor", "double", "rule", "wrong-upstream"),
    slip("wkcn/mobula#3", SOFTMAX, layer("Softmax", some(12, (3, 4))),
         "self.dX = np.multiply(self.Y, dY - inner)", "self.dX = np.multiply(dY, self.Y - np.square(self.Y))",
         "missing-path", "rule", "forgot-local"),
    slip("FluxML/NNlib.jl#205", POOLED, functions("forward", "backward", some(13, (6, 6))),
         "dx[top + a, left + b] += dout[i, j]", "dx[top + a, left + b] = dout[i, j]", "missing-path", "overwrites"),
    slip("LBANN/lbann#1022", KERNELS, functions("conv_forward", "conv_backward", some(14, (3, 2, 4, 4), (2, 2, 2, 2))),
         "dW += flat @", "dW = flat @", "missing-path", "overwrites"),
    slip("rasmusbergpalm/DeepLearnToolbox#41", SEQUENCE, functions("forward", "backward", some(15, (8,), (3,), (1,))),
         'dx = np.convolve(delta, w, "full")', 'dx = np.convolve(delta, w[::-1], "full")',
         "rule", "transposed", "wrong-index", "swapped"),
    slip("ravin-d-27/PyDeepFlow#85", COLUMNS, layer("ConvLayer", some(16, (2, 4, 4, 3), (12, 2))),
         "patch = cols[:, col_idx * C:(col_idx + 1) * C].reshape", "patch = cols[:, y * Fw + x::Fh * Fw].reshape",
         "wrong-index", "transposed", "rule", "one-hot"),
    slip("mlpack/mlpack#1327", BATCHNORM,
         functions("batch_norm", "batch_norm_backward", some(17, (6, 3), (3,), (3,))),
         "g += np.sum(norm * -std_inv, axis=0) / n", "g += np.sum(norm * -std_inv, axis=0)", "factor"),
    slip("mlpack/mlpack#2364", LOG_SOFTMAX, functions("forward", "backward", some(18, (4, 3))),
         "g = gy - np.exp(logp) * total", "g = gy + np.exp(logp)", "rule", "missing-path", "forgot-local", "sign"),
    slip("pjreddie/darknet#96", HEAD, functions("forward", "backward", head),
         "delta_in = softmax_backward(delta, probs)", "delta_in = delta.copy()",
         "forgot-local", "rule", "missing-path"),
]  # fmt: skip
