"""Right backwards in six forms, and the wrong ones that are made of them: a line as it is, and as people get it wrong.

Of the slips every other was looked at while the table of edits was made, and the rest only afterwards (`SEEN`).
"""

import importlib.util
import json
from pathlib import Path

import numpy as np

THEIRS = Path(__file__).parent / "theirs"


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def whole(seed, most, *shape):
    return np.random.default_rng(seed).integers(0, most, shape)


def rnn_inputs():
    rng = np.random.default_rng(7)
    return {
        "x": rng.normal(size=(3, 2, 3)),
        "y": rng.integers(0, 3, (3, 2)),
        "wxh": rng.normal(size=(3, 4)),
        "whh": rng.normal(size=(4, 4)) * 0.7,
        "why": rng.normal(size=(4, 3)),
        "h0": rng.normal(size=(2, 4)),
    }


def elu_inputs():
    W1, b1, W2, b2, X, Y = normal(11, (4, 5), (5,), (5, 2), (2,), (6, 4), (6, 2))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "X": X, "Y": Y}


RIGHT = {
    "linear_xent": ("fused", "linear_xent", lambda: (*normal(1, (5, 4), (4, 3)), whole(1, 3, 5))),
    "swiglu": ("fused", "swiglu", lambda: tuple(normal(2, (3, 4), (4, 5), (4, 5), (5, 2)))),
    "rms_linear": ("fused", "rms_linear", lambda: tuple(normal(3, (3, 5), (5,), (5, 4)))),
    "focal": ("fused", "focal", lambda: (*normal(4, (7,)), np.array([0, 1, 1, 0, 1, 0, 0]))),
    "kl": ("fused", "kl", lambda: tuple(normal(5, (4, 3), (4, 3), (3, 2)))),
    "flash": ("tiled", "flash", lambda: tuple(normal(6, (7, 4), (8, 4), (8, 3)))),
    "causal": ("tiled", "causal", lambda: tuple(normal(7, (5, 3), (5, 3), (5, 4)))),
    "conv": ("convs", "conv", lambda: tuple(normal(8, (2, 2, 5, 5), (3, 2, 3, 3), (3,)))),
    "conv1d": ("convs", "conv1d", lambda: tuple(normal(9, (2, 3, 6), (4, 3, 3), (4,)))),
    "pool": ("convs", "pool", lambda: (*normal(10, (2, 2, 4, 4)), 2)),
    "lstm": ("recurrent", "lstm", lambda: tuple(normal(12, (3, 2, 3), (2, 4), (2, 4), (3, 16), (4, 16), (16,)))),
    "rnn": ("recurrent", ("rnn_loss", "rnn_grads"), rnn_inputs),
    "gru": ("recurrent", "GRU", lambda: tuple(normal(13, (3, 2, 3)))),
    "layernorm": ("norms", "layernorm", lambda: tuple(normal(14, (2, 3, 5), (5,), (5,)))),
    "layernorm_loop": (
        "norms",
        ("layernorm_forward", "layernorm_loop_backward"),
        lambda: tuple(normal(14, (2, 3, 5), (5,), (5,))),
    ),
    "groupnorm": ("norms", "groupnorm", lambda: tuple(normal(15, (2, 4, 3, 3), (4,), (4,)))),
    "elu": ("norms", ("elu_net_loss", "elu_net_grads"), elu_inputs),
    "heads": ("norms", "Attention", lambda: tuple(normal(16, (2, 4, 6)))),
    "embed": (
        "norms",
        ("embed_loss", "embed_grads"),
        lambda: {
            "E": normal(17, (6, 4))[0],
            "W": normal(18, (4, 2))[0],
            "words": np.array([[0, 1, 1], [2, 3, 5], [5, 0, 4]]),
            "labels": whole(19, 2, 3, 2) * 1.0,
        },
    ),
}
"""Name -> (module, forward and backward by their names or what these begin with, or a class, and the inputs)."""

SLIPS = [
    (one["case"], one["right"], one["wrong"], set(one["named"]))
    for one in json.loads((Path(__file__).parent / "slips.json").read_text("utf-8"))
]
"""(case, the line as it is right, as it is wrong, the names that fit)."""

SEEN = SLIPS[::2]
UNSEEN = SLIPS[1::2]


def load(module, folder=None, old=None, new=None):
    """A module of theirs; with a line in it changed, from a file of its own in `folder`, and the line's number."""
    path, line = THEIRS / f"{module}.py", 0
    if old is not None:
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (module, old, text.count(old))
        line = text[: text.index(old)].count("\n") + 1
        path = Path(folder) / f"{module}.py"
        path.write_text(text.replace(old, new), "utf-8")
    return from_file(path), line


def from_file(path):
    """A module from its file."""
    spec = importlib.util.spec_from_file_location(f"their_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def arguments(name, module=None):
    """What check_backward is called with."""
    file, functions, inputs = RIGHT[name]
    loaded = module or load(file)[0]
    if isinstance(functions, str) and functions[0].isupper():
        thing = getattr(loaded, functions)(np.random.default_rng(3))
        return thing.forward, thing.backward, inputs()
    names = (f"{functions}_forward", f"{functions}_backward") if isinstance(functions, str) else functions
    return getattr(loaded, names[0]), getattr(loaded, names[1]), inputs()
