"""Wrong gradients that people have reported of their own NumPy code, each written anew in the form it has there.

Of a case there is the right code, the line that is wrong in the report, and the names that fit. Every other case was
only looked at when everything was done (`UNSEEN`).
"""

from __future__ import annotations

import numpy as np

from .case import functions, slip, some

DENSE = """\
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def forward(W1, b1, W2, b2, X, Y):
    A1 = sigmoid(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    return 0.5 * np.sum((A2 - Y) ** 2) / X.shape[1]

def backward(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = sigmoid(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dW2 = 1. / m * np.dot(dZ2, A1.T)
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * A1 * (1 - A1)
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

WORDS = """\
import numpy as np

def forward(W1, W2, b1, b2, x, y):
    h = np.maximum(0, np.dot(W1, x) + b1)
    z = np.dot(W2, h) + b2
    e = np.exp(z - np.max(z, axis=0))
    yhat = e / np.sum(e, axis=0)
    return -np.sum(y * np.log(yhat)) / x.shape[1]

def backward(W1, W2, b1, b2, x, y):
    batch_size = x.shape[1]
    h = np.maximum(0, np.dot(W1, x) + b1)
    z = np.dot(W2, h) + b2
    e = np.exp(z - np.max(z, axis=0))
    yhat = e / np.sum(e, axis=0)
    l1 = np.dot(W2.T, yhat - y)
    l1[h <= 0] = 0
    grad_W1 = (1 / batch_size) * np.dot(l1, x.T)
    grad_W2 = (1 / batch_size) * np.dot(yhat - y, h.T)
    grad_b1 = np.sum((1 / batch_size) * l1, axis=1, keepdims=True)
    grad_b2 = np.sum((1 / batch_size) * (yhat - y), axis=1, keepdims=True)
    return grad_W1, grad_W2, grad_b1, grad_b2
"""

CONV = """\
import numpy as np

def forward(images, filters):
    n, depth, height, width = images.shape
    count, _, fs, _ = filters.shape
    out = np.zeros((n, count, height - fs + 1, width - fs + 1))
    for h in range(out.shape[2]):
        for w in range(out.shape[3]):
            for m in range(count):
                out[:, m, h, w] = np.sum(images[:, :, h:h + fs, w:w + fs] * filters[m], axis=(1, 2, 3))
    return out, (images, filters)

def backward(error, cache):
    images, filters = cache
    count, depth, fs, _ = filters.shape
    grad_I, grad_F = np.zeros_like(images), np.zeros_like(filters)
    for h in range(error.shape[2]):
        for w in range(error.shape[3]):
            for m in range(count):
                for d in range(depth):
                    slicedE = error[:, m, h, w][:, None, None]
                    grad_I[:, d, h:h + fs, w:w + fs] += slicedE * filters[m, d]
                    grad_F[m, d] += np.sum(slicedE * images[:, d, h:h + fs, w:w + fs], axis=0)
    return grad_I, grad_F
"""

POOL = """\
import numpy as np

def patches(image, size):
    for h in range(image.shape[0] // size):
        for w in range(image.shape[1] // size):
            yield image[h * size:(h + 1) * size, w * size:(w + 1) * size], h, w

def forward(image):
    size = 2
    out = np.zeros((image.shape[0] // size, image.shape[1] // size, image.shape[2]))
    for patch, h, w in patches(image, size):
        out[h, w] = np.max(patch, axis=(0, 1))
    return out, image

def backward(dE_dY, image):
    size = 2
    dE_dk = np.zeros(image.shape)
    for patch, h, w in patches(image, size):
        max_val = np.amax(patch, axis=(0, 1))
        for i in range(size):
            for j in range(size):
                for k in range(patch.shape[2]):
                    if patch[i, j, k] == max_val[k]:
                        dE_dk[h * size + i, w * size + j, k] = dE_dY[h, w, k]
    return dE_dk
"""

AVERAGE = """\
import numpy as np

def forward(A_prev):
    f = 2
    m, n_H, n_W, n_C = A_prev.shape
    A = np.zeros((m, n_H - 1, n_W - 1, n_C))
    for h in range(n_H - 1):
        for w in range(n_W - 1):
            A[:, h, w] = A_prev[:, h:h + f, w:w + f].mean(axis=(1, 2))
    return A, A_prev

def backward(dA, A_prev):
    f = 2
    dA_prev = np.zeros(A_prev.shape)
    m, n_H, n_W, n_C = dA.shape
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    da = dA[i, h, w, c]
                    dA_prev[i, h:h + f, w:w + f, c] += np.ones((f, f)) * da / (f * f)
    return dA_prev
"""

ACTIVATIONS = """\
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_forward(z):
    return sigmoid(z), z

def sigmoid_backward(next_dz, z):
    return next_dz * sigmoid(z) * (1 - sigmoid(z))

def tanh_forward(z):
    return np.tanh(z), z

def tanh_backward(next_dz, z):
    return next_dz * (1 - np.square(np.tanh(z)))

def softmax_forward(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p

def softmax_backward(grad, p):
    return p * (grad - np.sum(grad * p, axis=1, keepdims=True))

def dropout_forward(X):
    mask = np.random.default_rng(3).random(X.shape) >= 0.4
    return mask * X / 0.6, mask

def dropout_backward(dLdy, mask):
    dLdy = dLdy * mask
    return dLdy / (1.0 - 0.4)

def add_forward(A, biases):
    return np.tanh(A + biases), (A, biases)

def add_backward(grad, cache):
    A, biases = cache
    grad_A = grad * (1 - np.tanh(A + biases) ** 2)
    grad_biases = np.sum(grad_A, axis=0)
    return grad_A, grad_biases
"""

SVM = """\
import numpy as np

def loss(W, X, y, reg):
    scores = X.dot(W)
    correct = scores[np.arange(len(y)), y][:, None]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(len(y)), y] = 0
    return margins.sum() / len(y) + reg * np.sum(W * W)

def grads(W, X, y, reg):
    scores = X.dot(W)
    correct = scores[np.arange(len(y)), y][:, None]
    counts = ((scores - correct + 1) > 0) * 1.0
    counts[np.arange(len(y)), y] = 0
    counts[np.arange(len(y)), y] = -counts.sum(axis=1)
    dW = X.T.dot(counts) / len(y)
    dW += 2 * reg * W
    return {"dW": dW}
"""

CNN = """\
import numpy as np

def loss(W1, W2, W3, x, y, reg):
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    out = h2 @ W3
    data_loss = np.mean((out - y) ** 2)
    return data_loss + 0.5 * reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2) + np.sum(W3 ** 2))

def grads(W1, W2, W3, x, y, reg):
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    dout = 2 * (h2 @ W3 - y) / y.size
    grad_htilde2 = (dout @ W3.T) * (1 - h2 ** 2)
    grad_h1 = grad_htilde2 @ W2.T
    grad_htilde1 = grad_h1 * (1 - h1 ** 2)
    return {
        "W1": x.T @ grad_htilde1 + reg * W1,
        "W2": h1.T @ grad_htilde2 + reg * W2,
        "W3": h2.T @ dout + reg * W3,
    }
"""

RNN = """\
import numpy as np

def loss(Wxh, Whh, Wyh, bh, by, x, y):
    h, total = np.zeros(len(bh)), 0.0
    for t in range(x.shape[1]):
        h = np.tanh(Wxh @ x[:, t] + Whh @ h + bh)
        total += 0.5 * np.sum((Wyh @ h + by - y[:, t]) ** 2)
    return total

def grads(Wxh, Whh, Wyh, bh, by, x, y):
    T = x.shape[1]
    h, output = {-1: np.zeros(len(bh))}, {}
    for t in range(T):
        h[t] = np.tanh(Wxh @ x[:, t] + Whh @ h[t - 1] + bh)
        output[t] = Wyh @ h[t] + by
    D_Wyh, D_Whh, D_Wxh = np.zeros_like(Wyh), np.zeros_like(Whh), np.zeros_like(Wxh)
    D_by, D_bh = np.zeros_like(by), np.zeros_like(bh)
    dL_ht = np.zeros(len(bh))
    for t in range(T - 1, -1, -1):
        dQ = output[t] - y[:, t]
        dL_ht += np.dot(Wyh.T, dQ)
        D_Wyh += np.outer(dQ, h[t])
        D_by += dQ
        dt = (1 - h[t] * h[t]) * dL_ht
        D_Wxh += np.outer(dt, x[:, t])
        D_bh += dt
        D_Whh += np.outer(dt, h[t - 1])
        dL_ht = np.dot(Whh.T, dt)
    return {"Wxh": D_Wxh, "Whh": D_Whh, "Wyh": D_Wyh, "bh": D_bh, "by": D_by}
"""

LSTM = """\
import numpy as np

def sigmoid(x, derivative=False):
    return x * (1 - x) if derivative else 1 / (1 + np.exp(-x))

def tanh(x, derivative=False):
    return 1 - x ** 2 if derivative else np.tanh(x)

def run(W, b, X):
    h, C, kept = np.zeros(3), np.zeros(3), []
    for x in X:
        z = np.concatenate([h, x])
        f, i, g, o = (act(W[k] @ z + b[k]) for k, act in enumerate((sigmoid, sigmoid, tanh, sigmoid)))
        C_prev, C = C, f * C + i * g
        h = o * tanh(C)
        kept.append((z, f, i, g, o, C_prev, C))
    return h, kept

def forward(W, b, X):
    h, kept = run(W, b, X)
    return h, (W, b, X, kept)

def backward(dh, cache):
    W, b, X, kept = cache
    W_d, b_d, X_d = np.zeros_like(W), np.zeros_like(b), np.zeros_like(X)
    dC_next = np.zeros(3)
    for t in reversed(range(len(X))):
        z, f, i, g, o, C_prev, C = kept[t]
        do = dh * tanh(C)
        do = sigmoid(o, derivative=True) * do
        dC = np.copy(dC_next)
        dC += dh * o * tanh(tanh(C), derivative=True)
        dg = dC * i
        dg = tanh(g, derivative=True) * dg
        di = dC * g
        di = sigmoid(i, derivative=True) * di
        df = dC * C_prev
        df = sigmoid(f, derivative=True) * df
        deltas = [df, di, dg, do]
        dz = np.zeros_like(z)
        for k, delta in enumerate(deltas):
            W_d[k] += np.outer(delta, z)
            dz += W[k].T @ delta
        b_d[0] += df
        b_d[1] += di
        b_d[2] += dg
        b_d[3] += do
        dh, X_d[t] = dz[:3], dz[3:]
        dC_next = f * dC
    return W_d, b_d, X_d
"""


def dense():
    W1, b1, W2, b2, X, Y = some(0, (4, 3), (4, 1), (2, 4), (2, 1), (3, 5), (2, 5))()
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "X": X, "Y": Y}


def words():
    W1, W2, b1, b2, x = some(1, (4, 6), (6, 4), (4, 1), (6, 1), (6, 5))()
    return (W1, W2, b1, b2, x, np.eye(6)[:, [0, 2, 5, 1, 1]])


def cnn():
    W1, W2, W3, x, y = some(2, (3, 4), (4, 4), (4, 2), (5, 3), (5, 2))()
    return {"W1": W1, "W2": W2, "W3": W3, "x": x, "y": y, "reg": 0.3}


def rnn():
    names = ("Wxh", "Whh", "Wyh", "bh", "by", "x", "y")
    return dict(zip(names, some(3, (4, 2), (4, 4), (3, 4), (4,), (3,), (2, 5), (3, 5))()))


def svm():
    W, X = some(4, (4, 3), (6, 4))()
    return {"W": W, "X": X, "y": np.array([0, 2, 1, 1, 0, 2]), "reg": 0.3}


FACTOR, MISSING = {"factor", "double"}, {"missing-path", "forgot-local", "forgot-upstream", "overwrites"}
PUBLIC = [
    ("NervanaSystems/neon#111", CONV, ("forward", "backward"), some(5, (2, 3, 4, 4), (3, 3, 2, 2)),
     "grad_I[:, d, h:h + fs", "grad_I[:, m, h:h + fs", {"wrong-index", "one-hot", "wrong-axis"}),
    ("rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization#64", WORDS, ("forward", "backward"), words,
     "grad_b1 = np.sum((1 / batch_size) * l1,", "grad_b1 = np.sum((1 / batch_size) * np.dot(l1, x.T),",
     {"rule", "wrong-upstream", "forgot-local", "factor"}),
    ("bighuang624/Andrew-Ng-Deep-Learning-notes#10", DENSE, ("forward", "backward"), dense,
     "dW2 = 1. / m * np.dot(dZ2, A1.T)", "dW2 = 1. / m * np.dot(dZ2, A1.T) * 2", FACTOR),
    ("bighuang624/Andrew-Ng-Deep-Learning-notes#10, db1", DENSE, ("forward", "backward"), dense,
     "db1 = 1. / m", "db1 = 4. / m", FACTOR),
    ("yizt/numpy_neural_network#3", ACTIVATIONS, ("sigmoid_forward", "sigmoid_backward"), some(6, (4, 3)),
     "return next_dz * sigmoid(z) * (1 - sigmoid(z))", "return sigmoid(1 - sigmoid(next_dz))",
     {"rule", "forgot-local", "forgot-upstream"}),
    ("yizt/numpy_neural_network#6", ACTIVATIONS, ("tanh_forward", "tanh_backward"), some(7, (4, 3)),
     "return next_dz * (1 - np.square(np.tanh(z)))", "return 1 - np.square(np.tanh(next_dz))",
     {"rule", "forgot-local", "forgot-upstream"}),
    ("Bot-Academy/NeuralNetworkFromScratch#3", DENSE, ("forward", "backward"), dense,
     "dZ2 = (A2 - Y) * A2 * (1 - A2)", "dZ2 = A2 - Y", {"forgot-local", "rule"}),
    ("louisjc/mnist-neural-network#1", DENSE, ("forward", "backward"), dense,
     "dA1 = np.dot(W2.T, dZ2)", "dA1 = np.dot(W2.T, A2 - Y)", {"wrong-upstream", "forgot-local", "rule"}),
    ("CaptainE/RNN-LSTM-in-numpy#1", LSTM, ("forward", "backward"), some(8, (4, 3, 5), (4, 3), (3, 2)),
     "df = sigmoid(f, derivative=True) * df", "df = sigmoid(f) * df", {"rule", "forgot-local"}),
    ("javaidnabi31/RNN-from-scratch#2", LSTM, ("forward", "backward"), some(9, (4, 3, 5), (4, 3), (3, 2)),
     "b_d[0] += df", "b_d[0] += b_d[0]", MISSING | {"rule", "wrong-upstream"}),
    ("hanbt/learn_dl#53", LSTM, ("forward", "backward"), some(10, (4, 3, 5), (4, 3), (3, 2)),
     "b_d[1] += di", "b_d[1] += df", {"wrong-upstream", "swapped", "rule"}),
    ("apache/mxnet#4057", LSTM, ("forward", "backward"), some(11, (4, 3, 5), (4, 3), (3, 2)),
     "dC += dh * o", "dC = dh * o", MISSING),
    ("nicklashansen/rnn_lstm_from_scratch#1", LSTM, ("forward", "backward"), some(12, (4, 3, 5), (4, 3), (3, 2)),
     "tanh(tanh(C), derivative=True)", "tanh(tanh(tanh(C)), derivative=True)", {"rule"}),
    ("qixianbiao/RNN#2", RNN, ("loss", "grads"), rnn,
     "dL_ht += np.dot(Wyh.T, dQ)", "dL_ht = np.dot(Wyh.T, dQ)", MISSING),
    ("kvfrans/notes#5", WORDS, ("forward", "backward"), words,
     "grad_b2 = np.sum((1 / batch_size)", "grad_b2 = np.mean((1 / batch_size)", {"factor"}),
    ("jimfleming/differentiation#1", ACTIVATIONS, ("add_forward", "add_backward"), some(13, (4, 3), (3,)),
     "grad_biases = np.sum(grad_A, axis=0)", "grad_biases = grad_A", {"shape", "not-summed"}),
    ("riccardoandreoni0/CNN-from-scratch#1", POOL, ("forward", "backward"), some(14, (4, 4, 2)),
     "    return dE_dk\n", "        return dE_dk\n", MISSING | {"rule"}),
    ("marsggbo/deeplearning.ai_JupyterNotebooks#6", AVERAGE, ("forward", "backward"), some(15, (2, 4, 4, 2)),
     "w:w + f, c] += np.ones", "w:w + f, c] = np.ones", MISSING),
    ("jingtinghuang/CS231n-Spring-2017#3", SVM, ("loss", "grads"), svm,
     "dW += 2 * reg * W", "dW += reg * W", FACTOR | {"missing-path"}),
    ("ddbourgin/numpy-ml#94", ACTIVATIONS, ("dropout_forward", "dropout_backward"), some(16, (4, 5)),
     "dLdy = dLdy * mask\n", "dLdy = dLdy * 1.0\n", {"rule", "forgot-local"}),
    ("markroxor/fromscratchtoml#65", ACTIVATIONS, ("softmax_forward", "softmax_backward"), some(17, (4, 3)),
     "return p * (grad", "return 2 * p * (grad", FACTOR),
    ("arthurdouillard/deepcourse#6", CNN, ("loss", "grads"), cnn,
     '"W1": x.T @ grad_htilde1', '"W1": x.T @ grad_h1', {"wrong-upstream", "forgot-local"}),
    ("lightaime/cs231n#2", CNN, ("loss", "grads"), cnn,
     "h2.T @ dout + reg * W3", "h2.T @ dout + reg * W3 * 0", MISSING | {"rule"}),
    ("farzaa/SimpleMultilayerPerceptron#3", DENSE, ("forward", "backward"), dense,
     "dZ1 = dA1 * A1 * (1 - A1)", "dZ1 = dA1 * sigmoid(A1) * (1 - sigmoid(A1))", {"rule"}),
    ("marsggbo/deeplearning.ai_JupyterNotebooks#6, the index", AVERAGE, ("forward", "backward"),
     some(18, (2, 4, 4, 2)), "da = dA[i, h, w, c]", "da = dA[i, w, h, c]", {"transposed", "wrong-index"}),
]  # fmt: skip
"""(where it was reported, the right code, its two functions, their inputs, the line, as it was, the names that fit)."""

CASES = [
    slip(report, text, functions(*names, inputs), old, new, *kinds)
    for report, text, names, inputs, old, new, kinds in PUBLIC
]
SEEN, UNSEEN = CASES[::2], CASES[1::2]
