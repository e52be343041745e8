"""Right code of others, and what it is called with."""

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
        lambda: (*normal(4, (2, 2, 3, 3), (2, 2, 3, 3), 2), {"stride": 1, "pad": 1}),
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
    "rnn": ("sequences", "rnn_forward", "rnn_backward", lambda: tuple(normal(8, (2, 3, 3), (2, 5), (3, 5), (5, 5), 5))),
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
                (*normal(19, (4, 3), (4, 4), (3, 4), (4, 1), (3, 1)), [0, 2, 1], [2, 1, 1], np.zeros((4, 1))),
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
        lambda: (*normal(42, (2, 3, 3, 2), (2, 2, 2, 3), (1, 1, 1, 3)), {"pad": 1, "stride": 2}),
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
