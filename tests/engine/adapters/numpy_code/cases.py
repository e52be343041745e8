"""Right code of others, what it is called with, and the slips that people make in it."""

import importlib.util
from pathlib import Path

import numpy as np

THEIRS = Path(__file__).parent / "theirs"


def load(module, folder=None, old=None, new=None):
    """A module of theirs; with a line in it changed, from a file of its own in `folder`."""
    path = THEIRS / f"{module}.py"
    if old is not None:
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (module, old, text.count(old))
        path = Path(folder) / f"{module}.py"
        path.write_text(text.replace(old, new), "utf-8")
    spec = importlib.util.spec_from_file_location(f"their_{module}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def changed_line(name, old, new):
    """The number of the line that a slip is made in: the first that differs."""
    text = (THEIRS / f"{RIGHT[name][0]}.py").read_text("utf-8")
    pairs = zip(text.splitlines(), text.replace(old, new).splitlines())
    return next(number for number, (right, wrong) in enumerate(pairs, 1) if right != wrong)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def classes(seed, rows, count):
    return np.random.default_rng(seed).integers(0, count, rows)


def mlp(seed=0, rows=7, width=5, hidden=6, count=3):
    X, W1, W2 = normal(seed, (rows, width), (width, hidden), (hidden, count))
    b1, b2 = normal(seed + 1, hidden, count)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "X": X, "y": classes(seed, rows, count)}


def gates(seed):
    """The parameters of an LSTM's cell."""
    rng = np.random.default_rng(seed)
    found = {"Wy": rng.normal(size=(2, 5)), "by": rng.normal(size=(2, 1))}
    for gate in "fico":
        found[f"W{gate}"], found[f"b{gate}"] = rng.normal(size=(5, 8)), rng.normal(size=(5, 1))
    return found


def course(seed=0):
    X, W1, W2, W3 = normal(seed, (4, 6), (5, 4), (3, 5), (1, 3))
    parameters = {
        "W1": W1,
        "b1": np.zeros((5, 1)) + 0.1,
        "W2": W2,
        "b2": np.zeros((3, 1)),
        "W3": W3,
        "b3": np.zeros((1, 1)),
    }
    return {"parameters": parameters, "X": X, "Y": (np.random.default_rng(seed).random((1, 6)) > 0.5) * 1.0}


def shallow(seed=0):
    X, W1, W2 = normal(seed, (2, 8), (4, 2), (1, 4))
    Y = (np.random.default_rng(seed).random((1, 8)) > 0.5) * 1.0
    return {"W1": W1, "b1": np.zeros((4, 1)), "W2": W2, "b2": np.zeros((1, 1)), "X": X, "Y": Y}


def of_model(kind, **inputs):
    return lambda module: (getattr(module, kind)(np.random.default_rng(3)), inputs)


HOT = np.eye(3)[[0, 2, 1, 1, 0]]

RIGHT = {
    "affine": ("layers", "affine_forward", "affine_backward", lambda: tuple(normal(0, (4, 3, 2), (6, 5), 5))),
    "affine_relu": (
        "layers",
        "affine_relu_forward",
        "affine_relu_backward",
        lambda: tuple(normal(0, (4, 3, 2), (6, 5), 5)),
    ),
    "relu": ("layers", "relu_forward", "relu_backward", lambda: tuple(normal(0, (5, 6)))),
    "batchnorm": (
        "layers",
        "batchnorm_forward",
        "batchnorm_backward",
        lambda: (*normal(1, (6, 4), 4, 4), {"mode": "train"}),
    ),
    "batchnorm_short": (
        "layers",
        "batchnorm_short_forward",
        "batchnorm_short_backward",
        lambda: tuple(normal(1, (6, 4), 4, 4)),
    ),
    "batchnorm_one_go": (
        "layers",
        "batchnorm_short_forward",
        "batchnorm_one_go_backward",
        lambda: tuple(normal(1, (6, 4), 4, 4)),
    ),
    "layernorm": ("layers", "layernorm_forward", "layernorm_backward", lambda: (*normal(2, (4, 5), 5, 5), {})),
    "dropout": (
        "layers",
        "dropout_forward",
        "dropout_backward",
        lambda: (*normal(3, (8, 9)), {"p": 0.6, "mode": "train", "seed": 12}),
    ),
    "conv": (
        "layers",
        "conv_forward_naive",
        "conv_backward_naive",
        lambda: (*normal(4, (2, 3, 5, 5), (2, 3, 3, 3), 2), {"stride": 1, "pad": 1}),
    ),
    "max_pool": (
        "layers",
        "max_pool_forward_naive",
        "max_pool_backward_naive",
        lambda: (*normal(5, (3, 2, 4, 4)), {"pool_height": 2, "pool_width": 2, "stride": 2}),
    ),
    "softmax_loss": ("layers", "softmax_loss", None, lambda: {"x": normal(6, (8, 4))[0], "y": classes(6, 8, 4)}),
    "svm_loss": ("layers", "svm_loss", "svm_loss", lambda: {"x": normal(6, (8, 4))[0], "y": classes(6, 8, 4)}),
    "rnn_step": (
        "sequences",
        "rnn_step_forward",
        "rnn_step_backward",
        lambda: tuple(normal(7, (4, 3), (4, 5), (3, 5), (5, 5), 5)),
    ),
    "rnn": ("sequences", "rnn_forward", "rnn_backward", lambda: tuple(normal(8, (2, 4, 3), (2, 5), (3, 5), (5, 5), 5))),
    "lstm_step": (
        "sequences",
        "lstm_step_forward",
        "lstm_step_backward",
        lambda: tuple(normal(9, (4, 3), (4, 5), (4, 5), (3, 20), (5, 20), 20)),
    ),
    "attention": (
        "sequences",
        "attention_forward",
        "attention_backward",
        lambda: tuple(normal(10, (2, 3, 4), (2, 3, 4), (2, 3, 4))),
    ),
    "embedding": (
        "sequences",
        "word_embedding_forward",
        "word_embedding_backward",
        lambda: (np.array([[0, 3, 1, 2], [2, 1, 0, 3]]), *normal(11, (5, 3))),
    ),
    "two_layer": ("nets", "two_layer_loss", "two_layer_grads", mlp),
    "course": ("nets", "cost_of", "grads_of", course),
    "shallow": ("nets", "shallow_cost", "shallow_backward", shallow),
    "svm_naive": (
        "nets",
        "svm_loss_naive",
        None,
        lambda: {"W": normal(12, (5, 3))[0] * 0.1, "X": normal(13, (6, 5))[0], "y": classes(12, 6, 3), "reg": 0.1},
    ),
    "model": ("nets", "Model", None, lambda: (normal(14, (6, 4))[0],)),
    "regression": ("nets", "Regression", None, lambda: {"X": normal(15, (6, 4))[0], "y": normal(16, (6, 2))[0]}),
    "blog": (
        "threads",
        "blog_loss",
        "blog_gradients",
        lambda: dict(
            zip(
                ("syn0", "syn1", "X", "y"), (*normal(17, (3, 4), (4, 1), (5, 3)), np.array([[0.0], [1], [1], [0], [1]]))
            )
        ),
    ),
    "ml_course": (
        "threads",
        "ml_course_cost",
        "ml_course_gradient",
        lambda: dict(
            zip(
                ("Theta1", "Theta2", "X", "Y", "lam"),
                (*normal(18, (5, 4), (3, 6), (6, 3)), np.eye(3)[[0, 2, 1, 1, 0, 2]], 0.7),
            )
        ),
    ),
    "char_rnn": (
        "threads",
        "char_rnn",
        None,
        lambda: dict(
            zip(
                ("Wxh", "Whh", "Why", "bh", "by", "inputs", "targets", "hprev"),
                (*normal(19, (4, 3), (4, 4), (3, 4), (4, 1), (3, 1)), [0, 2, 1, 1], [2, 1, 1, 0], np.zeros((4, 1))),
            )
        ),
    ),
    "im2col": ("threads", "Convolution", None, lambda: (normal(20, (2, 2, 5, 5))[0],)),
    "groupnorm": (
        "threads",
        "spatial_groupnorm_forward",
        "spatial_groupnorm_backward",
        lambda: (*normal(21, (2, 6, 3, 3), (1, 6, 1, 1), (1, 6, 1, 1)), 2, {}),
    ),
    "gru": (
        "threads",
        "gru_step",
        "gru_step_backward",
        lambda: tuple(normal(22, (3, 4), (3, 5), (4, 10), (5, 10), (4, 5), (5, 5))),
    ),
    "word2vec": (
        "threads",
        "naive_softmax",
        None,
        lambda: {"center": normal(23, 4)[0], "outside": normal(24, (6, 4))[0], "index": 2},
    ),
    "neg_sampling": (
        "threads",
        "neg_sampling",
        None,
        lambda: {"center": normal(23, 4)[0], "outside": normal(24, (6, 4))[0], "index": 2, "negatives": [0, 3, 3, 5]},
    ),
    "net_class": ("threads", "FullyConnectedNet", None, lambda: {"X": normal(25, (7, 5))[0], "y": classes(25, 7, 3)}),
    "vae": (
        "threads",
        "vae_loss",
        "vae_backward",
        lambda: dict(
            zip(
                ("W_mu", "W_lv", "W_dec", "x", "eps"),
                (*normal(26, (6, 2), (6, 2), (2, 6)), np.random.default_rng(26).random((4, 6)), *normal(27, (4, 2))),
            )
        ),
    ),
    "logistic": (
        "threads",
        "logistic_loss",
        "logistic_gradient",
        lambda: {
            "w": normal(28, 3)[0],
            "b": 0.3,
            "X": normal(29, (8, 3))[0],
            "t": np.array([1.0, -1, 1, 1, -1, -1, 1, -1]),
        },
    ),
    "list_net": (
        "threads",
        "list_net_forward",
        "list_net_backprop",
        lambda: {
            "weights": normal(30, (4, 3), (2, 4)),
            "biases": normal(31, (4, 1), (2, 1)),
            "x": normal(32, (3, 1))[0],
            "y": normal(33, (2, 1))[0],
        },
    ),
    "staged": ("more", "staged_forward", "staged_backward", lambda: (*normal(40, (5, 4), 4, 4), 1e-5)),
    "lstm_cell": (
        "more",
        "lstm_cell_forward",
        "lstm_cell_backward",
        lambda: (*normal(41, (3, 4), (5, 4), (5, 4)), gates(41)),
    ),
    "conv_course": (
        "more",
        "conv_forward",
        "conv_backward",
        lambda: (*normal(42, (2, 4, 4, 3), (2, 2, 3, 4), (1, 1, 1, 4)), {"pad": 1, "stride": 2}),
    ),
    "norm_layer": ("more", "NormLayer", None, lambda: (normal(43, (6, 4))[0],)),
    "gelu": ("more", "gelu_forward", "gelu_backward", lambda: (normal(44, (3, 5))[0],)),
    "contrastive": (
        "more",
        "contrastive_loss",
        "contrastive_grads",
        lambda: {
            "x1": normal(45, (6, 3))[0],
            "x2": normal(46, (6, 3))[0],
            "y": np.array([0.0, 1, 1, 0, 0, 1]),
            "margin": 5.0,
        },
    ),
    "net": ("others", "Net", None, lambda: {"x": normal(2, (5, 4))[0], "t": HOT}),
    "lists": (
        "others",
        "model_loss",
        "model_grads",
        lambda: {
            "weights": normal(3, (4, 6), (6, 3)),
            "biases": normal(4, (1, 6), (1, 3)),
            "x": normal(5, (5, 4))[0],
            "t": HOT,
        },
    ),
    "mha": (
        "others",
        "mha_forward",
        "mha_backward",
        lambda: tuple(normal(6, (2, 3, 4), (4, 4), (4, 4), (4, 4), (4, 4))),
    ),
    "linreg": (
        "others",
        "linreg",
        None,
        lambda: {"theta": normal(7, (4, 1))[0], "X": normal(8, (6, 4))[0], "y": normal(9, (6, 1))[0], "lam": 0.5},
    ),
    "logreg": (
        "others",
        "logreg_cost",
        "logreg_grads",
        lambda: {
            "w": normal(10, (3, 1))[0],
            "b": 0.2,
            "X": normal(11, (3, 7))[0],
            "Y": (np.random.default_rng(1).random((1, 7)) > 0.5) * 1.0,
        },
    ),
    "rms": ("others", "rmsnorm_forward", "rmsnorm_backward", lambda: tuple(normal(12, (2, 3, 5), 5))),
    "avg_pool": ("others", "avg_pool_forward", "avg_pool_backward", lambda: (normal(13, (2, 2, 4, 4))[0], 2)),
    "bag": (
        "others",
        "embedding_bag",
        "embedding_bag_grads",
        lambda: {
            "E": normal(14, (7, 4))[0],
            "W": normal(15, (4, 3))[0],
            "idx": np.array([[0, 1, 1], [2, 3, 4], [6, 5, 0]]),
            "y": np.array([0, 2, 1]),
        },
    ),
}
"""Name -> (module, forward, backward, inputs); a class stands for the methods of an object of it."""


def arguments(name, folder=None, old=None, new=None):
    """What check_backward is called with."""
    module, forward, backward, inputs = RIGHT[name]
    loaded = load(module, folder, old, new)
    made = getattr(loaded, forward)
    if isinstance(made, type):
        thing = made(np.random.default_rng(3))
        if hasattr(thing, "loss"):
            return thing.loss, None, inputs()
        return thing.forward, thing.backward, inputs()
    return made, None if backward is None else getattr(loaded, backward), inputs()


SLIPS = {
    # case: [(the lines as they are right, as they are wrong)]
    "affine": [
        ("dx = dout.dot(w.T).reshape(x.shape)", "dx = dout.dot(w.T).reshape(x.shape) / x.shape[0]"),
        ("dw = x.reshape(x.shape[0], -1).T.dot(dout)", "dw = -x.reshape(x.shape[0], -1).T.dot(dout)"),
        (
            "db = np.sum(dout, axis=0)\n    return dx, dw, db\n\n\ndef relu_f",
            "db = np.mean(dout, axis=0)\n    return dx, dw, db\n\n\ndef relu_f",
        ),
        ("dw = x.reshape(x.shape[0], -1).T.dot(dout)", "dw = x.reshape(x.shape[0], -1).T.dot(np.ones_like(dout))"),
    ],
    "relu": [("dx = dout * (x > 0)", "dx = dout * x"), ("dx = dout * (x > 0)", "dx = (x > 0) * 1.0")],
    "affine_relu": [
        ("dx = dout * (x > 0)", "dx = dout"),
        ("dx = dout * (x > 0)", "dx = dout * np.maximum(x, 0)"),
        ("dx, dw, db = affine_backward(da, fc_cache)", "dx, dw, db = affine_backward(dout, fc_cache)"),
    ],
    "batchnorm": [
        ("dva2 = gamma * dva3", "dva2 = dva3"),
        ("dsqrtvar = -1.0 / (sqrtvar**2) * dinvvar", "dsqrtvar = 1.0 / (sqrtvar**2) * dinvvar"),
        ("dvar = 0.5 * (var + eps) ** (-0.5) * dsqrtvar", "dvar = (var + eps) ** (-0.5) * dsqrtvar"),
        ("dcarre = 1 / float(N) * np.ones(carre.shape) * dvar", "dcarre = np.ones(carre.shape) * dvar"),
        ("dxmu += 2 * xmu * dcarre", "dxmu += xmu * dcarre"),
        ("dmu = -np.sum(dxmu, axis=0)", "dmu = np.sum(dxmu, axis=0)"),
        ("dgamma = np.sum(va2 * dva3, axis=0)", "dgamma = np.sum(xmu * dva3, axis=0)"),
        ("dinvvar = np.sum(xmu * dva2, axis=0)", "dinvvar = np.sum(xmu * dva3, axis=0)"),
    ],
    "batchnorm_short": [
        ("* -0.5 * (var + eps) ** -1.5, axis=0)", "* -0.5 * (var + eps) ** -0.5, axis=0)"),
        (
            "dmean = np.sum(dx_hat * -1.0 / np.sqrt(var + eps), axis=0)",
            "dmean = np.sum(dx_hat * 1.0 / np.sqrt(var + eps), axis=0)",
        ),
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        ("+ dvar * 2.0 * (x - mean) / N + dmean / N", "+ dvar * 2.0 * (x - mean) + dmean / N"),
    ],
    "batchnorm_one_go": [
        ("(m * dout - dbeta - x_hat * dgamma)", "(m * dout - dbeta + x_hat * dgamma)"),
        ("dx = gamma / np.sqrt(var + eps) / m", "dx = 1.0 / np.sqrt(var + eps) / m"),
    ],
    "layernorm": [
        ("- xn * np.mean(dxn * xn, axis=1, keepdims=True)) / std", "- np.mean(dxn * xn, axis=1, keepdims=True)) / std"),
        ("dxn = dout * gamma", "dxn = dout"),
        (
            "dgamma = np.sum(dout * xn, axis=0)\n    dbeta = np.sum(dout, axis=0)\n    dxn",
            "dgamma = np.sum(dout, axis=0)\n    dbeta = np.sum(dout, axis=0)\n    dxn",
        ),
    ],
    "dropout": [("dx = dout * mask", "dx = dout * (mask > 0)")],
    "conv": [
        ("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout, axis=(0, 1, 2))[:2]"),
        ("dw[f] += dout[n, f, i, j] * window", "dw[f] = dout[n, f, i, j] * window"),
        ("+= dout[n, f, i, j] * w[f]\n", "= dout[n, f, i, j] * w[f]\n"),
    ],
    "max_pool": [
        ("passed = mask * dout[n, c, i, j]", "passed = (region == np.min(region)) * dout[n, c, i, j]"),
        ("passed = mask * dout[n, c, i, j]", "passed = mask * 1.0"),
    ],
    "softmax_loss": [
        ("dx[np.arange(N), y] -= 1\n", "dx[np.arange(N), y] += 1\n"),
        ("dx[np.arange(N), y] -= 1\n    dx /= N", "dx[np.arange(N), y] -= 1\n    dx *= N"),
    ],
    "svm_loss": [("dx[np.arange(N), y] -= num_pos", "dx[np.arange(N), y] -= 1")],
    "rnn_step": [
        ("dtanh = dnext_h * (1 - next_h**2)", "dtanh = dnext_h * (1 - next_h)"),
        ("dWh = prev_h.T.dot(dtanh)", "dWh = next_h.T.dot(dtanh)"),
    ],
    "rnn": [
        ("dtanh = dnext_h * (1 - next_h**2)", "dtanh = dnext_h * (1 - next_h)"),
        ("dWx += dWx_t", "dWx = dWx_t"),
        ("dprev_h = dtanh.dot(Wh.T)", "dprev_h = dtanh.dot(Wh)"),
        ("dcurrent = dh[:, t, :] + dprev", "dcurrent = dh[:, t, :]"),
        ("dWh = prev_h.T.dot(dtanh)", "dWh = next_h.T.dot(dtanh)"),
    ],
    "lstm_step": [
        ("dag = dg * (1 - g**2)", "dag = dg * (1 - g)"),
        ("daf = df * f * (1 - f)", "daf = df * f"),
        ("dc = dnext_c + dnext_h * o * (1 - tanh_c**2)", "dc = dnext_h * o * (1 - tanh_c**2)"),
        ("df = dc * prev_c", "df = dc * next_c"),
        ("dprev_c = dc * f", "dprev_c = dc * i"),
    ],
    "attention": [
        (
            "dscores = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))",
            "dscores = A * (dA - np.sum(dA, axis=-1, keepdims=True))",
        ),
        ("dscores /= np.sqrt(d)", "dscores /= d"),
        ("dscores = A * (dA - np.sum(dA * A, axis=-1, keepdims=True))", "dscores = A * (1 - A) * dA"),
        ("dK = dscores.transpose(0, 2, 1) @ Q", "dK = dscores @ Q"),
    ],
    "embedding": [("np.add.at(dW, x, dout)", "dW[x] = dout"), ("np.add.at(dW, x, dout)", "dW[x] += dout")],
    "two_layer": [
        ("dscores[range(N), y] -= 1\n    dscores /= N", "dscores[range(N), y] -= 1\n    dscores /= N * N"),
        ("dhidden[h <= 0] = 0", "dhidden[scores[:, :1] + 0 * h <= 0] = 0"),
        ("dhidden = dscores.dot(W2.T)", "dhidden = dscores.dot(W2.T) * h"),
        ('grads["W1"] += 0.1 * W1', 'grads["W1"] += 0.05 * W1'),
        ('grads["b1"] = np.sum(dhidden, axis=0)', 'grads["b1"] = np.sum(dhidden)'),
        ('grads["W2"] += 0.1 * W2', 'grads["W2"] += 0.1 * np.abs(W2)'),
        ('grads["W1"] = X.T.dot(dhidden)', 'grads["W1"] = X.T.dot(dscores.dot(W2.T))'),
    ],
    "course": [
        ("dZ[Z <= 0] = 0", "dZ[Z <= 0] = 1"),
        ("dZ = dA * s * (1 - s)", "dZ = dA * s"),
        ("dW = 1.0 / m * np.dot(dZ, A_prev.T)", "dW = np.dot(dZ, A_prev.T)"),
        (
            "dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))",
            "dAL = -(np.divide(Y, AL) + np.divide(1 - Y, 1 - AL))",
        ),
        ("db = 1.0 / m * np.sum(dZ, axis=1, keepdims=True)", "db = 1.0 / m * np.sum(dZ)"),
        ("dA_prev = np.dot(W.T, dZ)", "dA_prev = np.dot(W.T, dZ) / m"),
    ],
    "shallow": [
        ("dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))", "dZ1 = np.dot(W2.T, dZ2) * (1 - A1)"),
        ("dZ2 = A2 - Y\n", "dZ2 = Y - A2\n"),
        ("dW1 = np.dot(dZ1, X.T) / m", "dW1 = np.dot(dZ1, X.T)"),
        ("db1 = np.sum(dZ1, axis=1, keepdims=True) / m", "db1 = np.sum(dZ1, axis=1) / m"),
        ("dW2 = np.dot(dZ2, A1.T) / m", "dW2 = np.dot(dZ2, np.dot(W1, X).T) / m"),
    ],
    "svm_naive": [("dW += 2 * reg * W", "dW += reg * W"), ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] -= 2 * X[i]")],
    "model": [
        ("dz = dout * (1 - self.out**2)", "dz = dout * (1 - self.out)"),
        ("self.dW = self.x.T @ dz", "self.dW = self.x.T @ dout"),
        ("return dz @ self.W.T", "return dout @ self.W.T"),
        ("self.db = dz.sum(axis=0)", "self.db = dz.mean(axis=0)"),
    ],
    "regression": [
        ("derr = 2 * self.err / self.err.size", "derr = 2 * self.err / len(self.err)"),
        ('self.grads["W"] = self.X.T @ derr', 'self.grads["W"] = self.X.T @ self.err'),
    ],
    "blog": [
        ("l2_error = l2 - y", "l2_error = y - l2"),
        ("l1_delta = l1_error * nonlin(l1, deriv=True)", "l1_delta = l1_error * nonlin(l1)"),
        ("l1_error = l2_delta.dot(syn1.T)", "l1_error = l2_error.dot(syn1.T)"),
    ],
    "ml_course": [
        (
            "delta2 = delta3 @ Theta2[:, 1:] * sigmoid_gradient(z2)",
            "delta2 = delta3 @ Theta2[:, 1:] * sigmoid_gradient(a1 @ Theta1.T + 1)",
        ),
        ("Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]", "Theta1_grad += lam / m * Theta1"),
        ("Theta2_grad = delta3.T @ a2 / m", "Theta2_grad = delta3.T @ a2"),
        ("delta3 = h - Y", "delta3 = (h - Y) * h * (1 - h)"),
    ],
    "char_rnn": [
        ("dhraw = (1 - hs[t] * hs[t]) * dh", "dhraw = (1 - hs[t]) * dh"),
        ("dhnext = np.dot(Whh.T, dhraw)", "dhnext = np.dot(Whh, dhraw)"),
        ("dh = np.dot(Why.T, dy) + dhnext", "dh = np.dot(Why.T, dy)"),
        ("dWhh += np.dot(dhraw, hs[t - 1].T)", "dWhh += np.dot(dhraw, hs[t].T)"),
        ("dby += dy", "dby = dy"),
    ],
    "im2col": [
        ("self.db = np.sum(dout, axis=0)\n        self.dW", "self.db = np.mean(dout, axis=0)\n        self.dW"),
        ("img[:, :, i : i + out_h, j : j + out_w] += col", "img[:, :, i : i + out_h, j : j + out_w] = col"),
        ("self.dW = self.dW.transpose(1, 0).reshape(FN, C, FH, FW)", "self.dW = self.dW.reshape(FN, C, FH, FW)"),
    ],
    "groupnorm": [
        ("dmean = N1 + N2", "dmean = N1 * 0.5"),
        ("dx_norm = (dout * gamma).reshape(N, G, C // G, H, W)", "dx_norm = dout.reshape(N, G, C // G, H, W)"),
        ("dvar * 2.0 * (x_group - mean) / m + dmean / m", "dvar * 2.0 * (x_group - mean) / m + dmean / (H * W)"),
        ("* -0.5 * (var + eps) ** (-1.5), axis=(2, 3, 4)", "* 0.5 * (var + eps) ** (-1.5), axis=(2, 3, 4)"),
    ],
    "gru": [
        ("dz = dh_new * (c - h)", "dz = dh_new * c"),
        ("dr = drh * h", "dr = drh * rh"),
        ("dx = dgates @ W.T + dc_in @ Wh.T", "dx = dgates @ W.T"),
        ("dc_in = dc * (1 - c**2)", "dc_in = dc * (1 - c) ** 2"),
    ],
    "word2vec": [
        ("grad_outside = np.outer(delta, center)", "grad_outside = np.outer(y_hat, center)"),
        ("delta[index] -= 1\n    grad_center = outside.T", "delta[index] = -1\n    grad_center = outside.T"),
    ],
    "neg_sampling": [
        ("grad_outside[k] += (1", "grad_outside[k] = (1"),
        (
            "grad_outside[index] += (sigmoid(u_o @ center) - 1) * center",
            "grad_outside[index] += sigmoid(u_o @ center) * center",
        ),
    ],
    "net_class": [
        ('grads["W2"] = act.T.dot(dscores) + self.reg * W2', 'grads["W2"] = act.T.dot(dscores) + 2 * self.reg * W2'),
        ("dhidden = dact * (hidden > 0)", "dhidden = dact * (hidden > 1)"),
        ("dact = dscores.dot(W2.T)", "dact = np.exp(logp).dot(W2.T)"),
        ('grads["b1"] = dhidden.sum(axis=0)', 'grads["b1"] = dact.sum(axis=0)'),
    ],
    "vae": [
        ("dmu = dz + mu / batch", "dmu = dz"),
        ("dmu = dz + mu / batch", "dmu = dz + mu"),
        ("dlogvar = dz * eps * std * 0.5", "dlogvar = dz * eps * std"),
        ("dlogits = (recon - x) / batch", "dlogits = (recon - x) * recon * (1 - recon) / batch"),
    ],
    "logistic": [("+ 0.02 * w\n", "+ 0.01 * w\n"), ("grad_b = -np.mean(t * p)", "grad_b = np.mean(t * p)")],
    "list_net": [
        (
            "delta = np.dot(weights[-back + 1].transpose(), delta) * sp",
            "delta = np.dot(weights[-back + 1].transpose(), delta)",
        ),
        ("delta = (activations[-1] - y) * sigmoid_gradient(zs[-1])", "delta = activations[-1] - y"),
        (
            "nabla_w[-back] = np.dot(delta, activations[-back - 1].transpose())",
            "nabla_w[-back] = np.dot(delta, activations[-back - 1].transpose()) * 2",
        ),
    ],
    "staged": [
        ("dxmu2 = 2 * xmu * dsq", "dxmu2 = xmu * dsq"),
        ("dx1 = dxmu1 + dxmu2", "dx1 = dxmu1"),
        ("dxhat = dgammax * gamma", "dxhat = dgammax * xhat"),
        ("divar = np.sum(dxhat * xmu, axis=0)", "divar = np.sum(dxhat, axis=0)"),
        ("dx2 = 1.0 / N * np.ones((N, D)) * dmu", "dx2 = np.ones((N, D)) * dmu"),
        ("dsqrtvar = -1.0 / (sqrtvar**2) * divar", "dsqrtvar = -1.0 / sqrtvar * divar"),
    ],
    "lstm_cell": [
        ("dot = da_next * np.tanh(c_next) * ot * (1 - ot)", "dot = da_next * np.tanh(c_next) * ot"),
        ("dit = (dc_next * cct + ot", "dit = (dc_next * it + ot"),
        ("dc_prev = dc_next * ft + ot * (1 - np.square(np.tanh(c_next))) * ft * da_next", "dc_prev = dc_next * ft"),
        ("dWi = np.dot(dit, concat.T)", "dWi = np.dot(dft, concat.T)"),
        ("dbo = np.sum(dot, axis=1, keepdims=True)", "dbo = np.sum(dot, axis=1)"),
    ],
    "conv_course": [
        ("dW[:, :, :, c] += a_slice * dZ[i, h, w, c]", "dW[:, :, :, c] = a_slice * dZ[i, h, w, c]"),
        ("db[:, :, :, c] += dZ[i, h, w, c]", "db[:, :, :, c] += dZ[i, h, w, 0]"),
        (
            "da_prev_pad[rows, cols, :] += W[:, :, :, c] * dZ[i, h, w, c]",
            "da_prev_pad[rows, cols, :] += a_slice * dZ[i, h, w, c]",
        ),
        ("dA_prev[i, :, :, :] = da_prev_pad[pad:-pad, pad:-pad, :]", "dA_prev[i, :, :, :] = da_prev_pad[:-2, :-2, :]"),
    ],
    "norm_layer": [
        ("self.beta.gradient = np.sum(accum_grad, axis=0)", "self.beta.gradient = np.mean(accum_grad, axis=0)"),
        (
            "self.gamma.gradient = np.sum(accum_grad * X_norm, axis=0)",
            "self.gamma.gradient = np.sum(accum_grad * self.X_centered, axis=0)",
        ),
    ],
    "gelu": [
        ("dinner = dtanh * (1 - t**2)", "dinner = dtanh * (1 - t)"),
        ("dx += 0.5 * (1 + t) * dout", "dx += 0.5 * t * dout"),
        ("dtanh = 0.5 * x * dout", "dtanh = 0.5 * dout"),
        ("(1 + 3 * 0.044715 * x**2)", "(1 + 0.044715 * x**2)"),
    ],
    "contrastive": [
        ("ddist = (2 * y * dist - 2 * (1 - y) * hinge) / n", "ddist = (2 * y * dist + 2 * (1 - y) * hinge) / n"),
        ("dx2 = -ddiff", "dx2 = ddiff"),
        ("ddiff = ddist[:, None] * diff / dist[:, None]", "ddiff = ddist[:, None] * diff"),
        ("ddist = (2 * y * dist - 2 * (1 - y) * hinge) / n", "ddist = 2 * y * dist - 2 * (1 - y) * hinge"),
    ],
    "net": [
        (
            "delta = (delta @ self.weights[i].T) * (1 - self.activations[i] ** 2)",
            "delta = (delta @ self.weights[i].T) * (1 - self.zs[i-1] ** 2)",
        ),
        ("delta = (self.activations[-1] - self.t) / m", "delta = (self.t - self.activations[-1]) / m"),
        (
            "self.grad_biases[i] = delta.sum(axis=0, keepdims=True)",
            "self.grad_biases[i] = delta.mean(axis=0, keepdims=True)",
        ),
    ],
    "lists": [
        ("delta = upstream * (1 - acts[i] ** 2)", "delta = upstream * (1 - acts[i])"),
        ("delta = (acts[-1] - t) / len(t)", "delta = acts[-1] - t"),
        ("grad_w[i] = acts[i].T @ delta\n        grad_b", "grad_w[i] = acts[i].T @ (delta * delta)\n        grad_b"),
        ("upstream = delta @ weights[i].T", "upstream = delta @ np.abs(weights[i].T)"),
    ],
    "mha": [
        ("datt = datt / np.sqrt(C // H)", "datt = datt / np.sqrt(C)"),
        ("dk = datt.transpose(0, 1, 3, 2) @ q", "dk = datt @ q"),
        (
            "datt = p * (dp - (dp * p).sum(axis=-1, keepdims=True))",
            "datt = p * (dp - (dp * p).sum(axis=-2, keepdims=True))",
        ),
        ("dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T", "dx = dq @ Wq.T + dk @ Wk.T"),
        ("dv = p.transpose(0, 1, 3, 2) @ dy", "dv = p @ dy"),
        ("dWk = x2.T @ dk.reshape(-1, C)", "dWk = x2.T @ dq.reshape(-1, C)"),
    ],
    "linreg": [
        ("grad[1:] = grad[1:] + lam / m * theta[1:]", "grad = grad + lam / m * theta"),
        ("grad = 1 / m * X.T.dot(h - y)", "grad = X.T.dot(h - y)"),
    ],
    "logreg": [
        ("db = 1 / m * np.sum(A - Y)", "db = np.sum(A - Y)"),
        ("dw = 1 / m * np.dot(X, (A - Y).T)", "dw = 1 / m * np.dot(X, (Y - A).T)"),
    ],
    "rms": [
        ("dms = dr * -0.5 * r**3", "dms = dr * -0.5 * r**2"),
        ("dx = dxh * r + dms * 2 * x / x.shape[-1]", "dx = dxh * r + dms * x / x.shape[-1]"),
        ("dr = (dxh * x).sum(-1, keepdims=True)", "dr = (dout * x).sum(-1, keepdims=True)"),
        ("dg = (dout * xh).sum(axis=(0, 1))", "dg = (dout * x).sum(axis=(0, 1))"),
    ],
    "avg_pool": [("axis=3) / (size * size)", "axis=3) / size")],
    "bag": [
        ("dE[j] += dh[i] / idx.shape[1]", "dE[j] = dh[i] / idx.shape[1]"),
        ("dE[j] += dh[i] / idx.shape[1]", "dE[j] += dh[i]"),
        ("dh = ds @ W.T", "dh = ds @ W.T * h"),
        ("dW = h.T @ ds", "dW = E[idx].sum(axis=1).T @ ds"),
    ],
}
