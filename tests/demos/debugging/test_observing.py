"""`handgrad debug FILE` with nothing else: what a file calls while it runs is taken for what it means."""

import json

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.debugging.notebooks import program_of

from .scripts import ADDED_UP, ONE_BY_ONE, PRINTED

STEPS = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def make_parameters(sizes):
    rng = np.random.default_rng(4)
    return {
        "W1": rng.normal(size=(sizes[1], sizes[0])), "b1": np.zeros((sizes[1], 1)),
        "W2": rng.normal(size=(sizes[2], sizes[1])), "b2": np.zeros((sizes[2], 1)),
    }

def forward_pass(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    A2 = sigmoid(parameters["W2"] @ A1 + parameters["b2"])
    return A2, {"A1": A1, "A2": A2}

def cost(A2, Y):
    return float(-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1])

def backward_pass(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    return {
        "dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ cache["A1"].T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }

def move(parameters, gradients, rate):
    return {name: value - rate * gradients["d" + name] for name, value in parameters.items()}

def train(X, Y, steps):
    parameters = make_parameters((2, 3, 1))
    for step in range(steps):
        A2, cache = forward_pass(X, parameters)
        print("cost", cost(A2, Y))
        gradients = backward_pass(parameters, cache, X, Y)
        parameters = move(parameters, gradients, 1.2)
    raise SystemExit("the first step is enough")

if __name__ == "__main__":
    X = np.random.default_rng(1).normal(size=(2, 8))
    train(X, (X[:1] > 0).astype(float), 10**9)
"""

LAYERS = """
import numpy as np

class Dense:
    def __init__(self, rng, ins, outs):
        self.W, self.b = rng.normal(size=(ins, outs)), np.zeros(outs)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T

class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y ** 2)

class SquaredError:
    def forward(self, guess, target):
        self.off = guess - target
        return np.mean(self.off ** 2)

    def backward(self):
        return 2 * self.off / self.off.size

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
layers, error = [Dense(rng, 3, 4), Tanh(), Dense(rng, 4, 2)], SquaredError()
for epoch in range(10**9):
    out = X
    for layer in layers:
        out = layer.forward(out)
    error.forward(out, Y)
    upstream = error.backward()
    for layer in reversed(layers):
        upstream = layer.backward(upstream)
"""

NETWORK = """
import numpy as np

class Network:
    def __init__(self):
        rng = np.random.default_rng(2)
        self.W1, self.b1 = rng.normal(size=(2, 4)), np.zeros((1, 4))
        self.W2, self.b2 = rng.normal(size=(4, 1)), np.zeros((1, 1))

    def forward(self, X):
        self.hidden = np.tanh(X @ self.W1 + self.b1)
        return self.hidden @ self.W2 + self.b2

    def loss(self, guess, y):
        return np.mean((guess - y) ** 2)

    def backward(self, X, guess, y):
        d = 2 * (guess - y) / len(X)
        dW2, db2 = self.hidden.T @ d, d.sum(axis=0, keepdims=True)
        dh = d @ self.W2.T * (1 - self.hidden ** 2)
        return X.T @ dh, dh.sum(axis=0, keepdims=True), dW2, db2

    def fit(self, X, y):
        for _ in range(10**9):
            guess = self.forward(X)
            self.loss(guess, y)
            dW1, db1, dW2, db2 = self.backward(X, guess, y)
            self.W1 -= 0.1 * dW1
            self.b1 -= 0.1 * db1
            self.W2 -= 0.1 * dW2
            self.b2 -= 0.1 * db2

X = np.random.default_rng(5).normal(size=(7, 2))
Network().fit(X, X[:, :1] * X[:, 1:])
"""

UPSTREAM = (
    NETWORK.replace("X, guess, y):\n        d = 2 * (guess - y) / len(X)", "X, d):")
    .replace("self.loss(guess, y)", "d = 2 * (guess - y) / len(X)")
    .replace("self.backward(X, guess, y)", "self.backward(X, d)")
)

BOTH = """
import argparse
import numpy as np

def loss_and_gradients(params, X, y):
    rows = np.arange(len(y))
    hidden = np.maximum(0, X @ params["W1"])
    scores = hidden @ params["W2"]
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    d = p.copy()
    d[rows, y] -= 1
    d = d / len(y)
    dh = d @ params["W2"].T * (hidden > 0)
    return -np.log(p[rows, y]).mean(), {"W1": X.T @ dh, "W2": hidden.T @ d}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=2)
    rng = np.random.default_rng(0)
    params = {"W1": rng.normal(size=(3, 5)), "W2": rng.normal(size=(5, 4))}
    X, y = rng.normal(size=(6, 3)), rng.integers(4, size=6)
    for _ in range(parser.parse_args().steps):
        loss, gradients = loss_and_gradients(params, X, y)
        for name in params:
            params[name] -= 0.1 * gradients[name]
"""

LOOP = """
import numpy as np

def train(X, Y, hidden=4, rate=0.1):
    rng = np.random.RandomState(3)
    W1, b1 = rng.randn(X.shape[1], hidden), np.zeros(hidden)
    W2 = rng.randn(hidden, 1)
    for epoch in range(50):
        a1 = np.tanh(X.dot(W1) + b1)
        out = a1.dot(W2)
        loss = np.mean((out - Y) ** 2)
        dout = 2 * (out - Y) / len(X)
        dW2 = a1.T.dot(dout)
        dz1 = dout.dot(W2.T) * (1 - a1 ** 2)
        dW1 = X.T.dot(dz1)
        db1 = dz1.sum(axis=0)
        W1 -= rate * dW1
        b1 -= rate * db1
        W2 -= rate * dW2
    return W1, b1, W2

X = np.linspace(-2, 2, 9).reshape(-1, 1)
train(X, np.sin(X))
"""

METHOD = """
import numpy as np

class LogisticRegression:
    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def fit(self, X, y):
        n, d = X.shape
        self.w, self.b = np.zeros(d), 0.0
        for _ in range(30):
            p = self.sigmoid(X @ self.w + self.b)
            loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
            dw = X.T @ (p - y) / n
            db = np.sum(p - y) / n
            self.w -= 0.1 * dw
            self.b -= 0.1 * db

X = np.random.default_rng(0).normal(size=(12, 3))
LogisticRegression().fit(X, (X[:, 0] > 0).astype(float))
"""

FUNCTIONS = """
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 2))

def run(x, w1, w2):
    h = x @ w1
    a = np.maximum(h, 0)
    return h, a, a @ w2

def gradients(x, y, h, a, out, w2):
    dout = 2.0 * (out - y)
    dh = dout @ w2.T * (h > 0)
    return x.T @ dh, a.T @ dout

for t in range(10**9):
    h, a, out = run(x, w1, w2)
    loss = np.square(out - y).sum()
    dw1, dw2 = gradients(x, y, h, a, out, w2)
    w1 -= 0.01 * dw1
    w2 -= 0.01 * dw2
"""

METHOD_FOR_BOTH = """
import numpy as np

class Net:
    def __init__(self):
        self.rng = np.random.RandomState(0)
        self.params = {"W1": self.rng.randn(3, 6), "b1": np.zeros(6), "W2": self.rng.randn(6, 4)}

    def loss(self, X, y):
        W1, b1, W2 = self.params.values()
        h = np.maximum(0, X @ W1 + b1)
        mask = (self.rng.rand(*h.shape) < 0.8) / 0.8
        scores = (h * mask) @ W2
        logp = scores - scores.max(axis=1, keepdims=True)
        logp = logp - np.log(np.exp(logp).sum(axis=1, keepdims=True))
        n = np.arange(len(y))
        d = np.exp(logp)
        d[n, y] -= 1
        d /= len(y)
        dh = d @ W2.T * mask
        dh[h <= 0] = 0
        return -logp[n, y].mean(), {"W1": X.T @ dh, "b1": dh.sum(0), "W2": (h * mask).T @ d}

    def train(self, X, y):
        for _ in range(10**9):
            loss, gradients = self.loss(X, y)
            for name in self.params:
                self.params[name] -= 0.1 * gradients[name]

rng = np.random.RandomState(1)
Net().train(rng.randn(8, 3), rng.randint(4, size=8))
"""

SAME_PARAMETERS = """
import numpy as np

def cost(X, y, w, b):
    total = 0.0
    for row, target in zip(X, y):
        p = 1 / (1 + np.exp(-(np.dot(row, w) + b)))
        total += -target * np.log(p) - (1 - target) * np.log(1 - p)
    return total / len(X)

def cost_gradient(X, y, w, b):
    off = 1 / (1 + np.exp(-(X @ w + b))) - y
    return off.sum() / len(X), X.T @ off / len(X)

def descend(X, y, w, b):
    for _ in range(10**9):
        db, dw = cost_gradient(X, y, w, b)
        w, b = w - 0.1 * dw, b - 0.1 * db
        cost(X, y, w, b)

descend(np.random.default_rng(0).normal(size=(6, 2)), np.array([0, 1, 0, 1, 1, 0]), np.zeros(2), 0.0)
"""

FILES = {
    "a cost and its gradient by the same parameters": (
        SAME_PARAMETERS,
        "X.T @ off / len(X)",
        "X.T @ off",
        "the loop (line 16) against cost(X, y, w, b) (line 19)",
    ),
    "a method that gives both, with a mask drawn anew": (
        METHOD_FOR_BOTH,
        "W2.T * mask",
        "W2.T",
        "the loop (line 25) against loss (line 26)",
    ),
    "functions, and a loss made inline": (
        FUNCTIONS,
        "(h > 0)",
        "h",
        "the loop (line 18) against loss (line 20): dw1 of w1, dw2 of w2",
    ),
    "functions in a loop": (
        STEPS,
        '1 - cache["A1"] ** 2',
        '1 - cache["A1"]',
        "the loop (line 36) against cost(A2, Y) (line 38)",
    ),
    "layers in a list": (LAYERS, "dout.sum(axis=0)", "dout.mean(axis=0)", "SquaredError.backward"),
    "a network and its loss": (
        NETWORK,
        "self.W2.T * (1 - self.hidden ** 2)",
        "self.W2.T",
        "the loop (line 24) against self.loss(guess, y) (line 26)",
    ),
    "an upstream gradient made inline": (
        UPSTREAM,
        "self.W2.T * (1 - self.hidden ** 2)",
        "self.W2.T",
        "the loop (line 23) against half the sum of (guess - y)**2 (line 25)",
    ),
    "loss and gradients at once": (
        BOTH,
        "hidden > 0)",
        "hidden > 0) * 2",
        "the loop (line 23) against loss (line 24): gradients['W1'] of params['W1']",
    ),
    "a loop in a function": (
        LOOP,
        "1 - a1 ** 2",
        "1 - a1",
        "the loop (line 8) against loss (line 11): dW1 of W1",
    ),
    "a loop in a method": (
        METHOD,
        "np.sum(p - y) / n",
        "np.sum(p - y)",
        "the loop (line 11) against loss (line 13): dw of self.w",
    ),
}


@pytest.mark.drawn(2)
@pytest.mark.parametrize(("text", "right", "wrong", "words"), FILES.values(), ids=FILES)
def test_a_file_is_checked_as_it_stands_and_the_wrong_line_is_told(debug, text, right, wrong, words):
    sound = debug(text)
    assert sound.exit_code == 0, sound.output
    assert f"Checked {words}" in sound.output
    assert "All correct" in sound.output
    faulty = debug(text.replace(right, wrong), "--quick")
    assert faulty.exit_code == 1, faulty.output
    line = next(n for n, one in enumerate(text.splitlines(), 1) if right in one)
    assert f"mine.py:{line}: " in faulty.output


WITHOUT_LOSS = NETWORK.replace("self.loss(guess, y)", "pass")


@pytest.mark.rest(of=3)
def test_a_step_whose_loss_is_not_seen_is_checked_with_one_that_its_gradients_agree_with(debug):
    result = debug(WITHOUT_LOSS)
    assert result.exit_code == 0, result.output
    guess = "No loss was seen: 0.285714 times half the sum of (guess - y)**2 was taken for it."
    assert guess in " ".join(result.output.split())


@pytest.mark.rest(of=3)
def test_where_no_usual_loss_agrees_with_a_gradient_nothing_is_accused(debug):
    result = debug(WITHOUT_LOSS.replace("2 * (guess - y) / len(X)", "np.sin(guess - y)"))
    assert result.exit_code == 2, result.output
    assert "WRONG" not in result.output


def test_a_backward_that_moves_the_weights_itself_is_checked_by_its_moves(debug):
    moving = """d = guess - y
        h = self.hidden
        self.W2 -= 0.3 * h.T @ d
        self.b2 -= 0.3 * d.sum(axis=0, keepdims=True)

    rate = 0.3
"""
    head, _, tail = WITHOUT_LOSS.partition("d = 2 * (guess")
    text = head + moving + tail[tail.index("    def fit") - 1 :].replace("dW1, db1, dW2, db2 = ", "")
    text = text[: text.index("            self.W1 -=")] + text[text.index("\nX = ") :]
    assert debug(text.replace("self.W1, self.b1 =", "self.rate, self.W1, self.b1 = 0.3,")).exit_code == 0
    named = text.replace("self.W1, self.b1 =", "self.rate, self.W1, self.b1 = 0.3,")
    faulty = debug(named.replace("h.T @ d", "h.T @ d ** 3"))
    assert faulty.exit_code == 1, faulty.output
    assert "W2" in faulty.output.partition("Fix first: ")[2].split("\n")[0]


def debug_cells(folder, *cells):
    """Run the command on a notebook of cells, each with its kind and its text."""
    written = [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in cells]
    (folder / "mine.ipynb").write_text(json.dumps({"cells": written}), encoding="utf-8")
    return CliRunner().invoke(main, ["debug", "mine.ipynb", "--no-picture", "--quick"])


def test_a_notebook_is_checked_and_its_cells_are_named(debug, tmp_path):
    head, _, rest = LOOP.partition("def train")
    body, _, last = rest.replace("1 - a1 ** 2", "1 - a1").partition("X = np")
    sources = ["# notes", f"%matplotlib inline\n!ls{head}", f"def train{body}", f"X = np{last}"]
    kinds = ("markdown", "code", "code", "code")
    result = debug_cells(tmp_path, *zip(kinds, sources))
    assert result.exit_code == 1, result.output
    assert "Checked the loop (cell 3, line 5)" in result.output
    assert "mine.ipynb, cell 3, line 11: dz1 = dout.dot(W2.T) * (1 - a1)" in " ".join(result.output.split())


def test_a_program_that_stops_in_its_backward_is_told_where(debug):
    result = debug(LAYERS.replace("dout @ self.W.T", "dout @ self.W"))
    assert result.exit_code == 2
    assert "mine.py, line 14: return dout @ self.W" in " ".join(result.output.split())


def test_a_watched_file_is_run_once_and_no_further_than_its_first_step(debug, tmp_path):
    note = "def note(step):\n    with open('runs', 'a') as runs:\n        runs.write(f'{step} ')\n\n"
    text = STEPS.replace("def train(", f"{note}def train(")
    result = debug(text.replace("        print(", "        note(step)\n        print("))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "runs").read_text() == "0 "


def test_a_network_that_keeps_all_that_its_passes_need_is_checked_without_arguments(debug):
    text = WITHOUT_LOSS.replace("def forward(self, X):", "def forward(self):\n        X = self.X")
    text = text.replace(
        "def backward(self, X, guess, y):", "def backward(self):\n        X, y, guess = self.X, self.y, self.output"
    )
    text = text.replace("return self.hidden @ self.W2 + self.b2", "self.output = self.hidden @ self.W2 + self.b2")
    text = text.replace("guess = self.forward(X)", "self.X, self.y = X, y\n            self.forward()")
    assert "self.backward(X, guess, y)" in text
    text = text.replace("self.backward(X, guess, y)", "self.backward()")
    result = debug(
        text.replace(
            "rng = np.random.default_rng(2)", "rng = np.random.default_rng(2)\n        self.y = np.zeros((7, 1))"
        )
    )
    assert result.exit_code == 0, result.output
    assert "of (self.output - y)**2" in " ".join(result.output.split())


CELL = "import numpy as np\ndef forward(x): return (x**2).sum()\ndef backward(x): return 2 * x\n"
CALLED = f"{CELL}forward(np.ones(3)); backward(np.ones(3))"


@pytest.mark.parametrize("first", ["print('%d'\n      % 3)", "%%html\n<b>no Python</b>", "%%time\nx = 1", "!ls\nx = 1"])
@pytest.mark.usefixtures("debug")
def test_what_is_ipythons_own_in_a_notebook_does_nothing_and_python_is_let_be(first, tmp_path):
    result = debug_cells(tmp_path, ("code", first), ("code", CALLED))
    assert result.exit_code == 0, result.output


def test_each_line_of_a_notebook_that_is_said_is_one_of_a_cell(tmp_path):
    cells = [{"cell_type": "code", "source": text} for text in ("a = 1", "b = 2\nc = 3")]
    (tmp_path / "mine.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    with program_of(tmp_path / "mine.ipynb") as (program, rename):
        first = program.read_text().splitlines().index("b = 2") + 1
        said = rename(f"mine.py:{first}: it is either line {first} or line\n  {first + 1}.")
    assert said == "mine.ipynb, cell 2, line 1: it is either cell 2, line 1 or cell 2, line 2."


@pytest.mark.usefixtures("debug")
def test_an_error_in_a_notebook_names_its_cell_and_no_file_of_ours(tmp_path):
    result = debug_cells(tmp_path, ("code", CELL), ("code", "x = 1\n1 / 0"))
    said = " ".join(result.output.split())
    assert result.exit_code == 2
    assert "mine.ipynb cannot be run: ZeroDivisionError: division by zero (mine.ipynb, cell 2, line 2: 1 / 0)" in said


@pytest.mark.parametrize("line", ["if len(X) > 99: return", "import tempfile; tempfile.mkdtemp(dir='.')"])
def test_a_loop_is_checked_whatever_stands_before_it(debug, line):
    text = LOOP.replace("    W2 = rng.randn(hidden, 1)\n", f"    W2 = rng.randn(hidden, 1)\n    {line}\n")
    result = debug(text, "--quick")
    assert result.exit_code == 0, result.output
    assert "Checked the loop (line 9)" in result.output


GATES = """
import numpy as np

class Cell:
    def __init__(self):
        rng = np.random.default_rng(3)
        self.p = {"Wn": rng.normal(size=(4, 3)), "Un": rng.normal(size=(2, 4))}
        self.g = {}

    def forward(self, x):
        self.x, self.h = x, np.tanh(self.p["Wn"] @ x)
        return self.p["Un"] @ self.h

    def backward(self, d):
        self.g["Un"] = np.outer(d, self.h)
        self.g["Wn"] = np.outer(self.p["Un"].T @ d * (1 - self.h ** 2), self.x)

class Trainer:
    def __init__(self, cell):
        self.cell = cell

    def step(self, x, y):
        out = self.cell.forward(x)
        loss = np.sum((out - y) ** 2)
        self.cell.backward(2 * (out - y))
        for p, g in zip(self.cell.p.values(), [self.cell.g[name] for name in self.cell.p]):
            p -= 0.1 * g
        return loss

trainer = Trainer(Cell())
for _ in range(20):
    trainer.step(np.array([1.0, 2.0, -1.0]), np.array([0.5, 0.1]))
"""


def test_a_step_of_its_own_with_gradients_under_any_name_is_checked(debug):
    assert debug(GATES).exit_code == 0
    faulty = debug(GATES.replace("np.outer(d, self.h)", "np.outer(d, np.tanh(self.h))"))
    assert faulty.exit_code == 1, faulty.output
    assert "mine.py:15: " in faulty.output


PAIRED = """
import numpy as np

def step(params, grads, rate):
    for k in range(len(params)):
        params[k] -= rate * grads[k]

rng = np.random.default_rng(0)
X, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
params = [rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 2)), np.zeros(2)]
for epoch in range(20):
    for rows in (slice(0, 6), slice(6, 12)):
        h = np.tanh(X[rows] @ params[0] + params[1])
        off = (h @ params[2] + params[3] - y[rows]) / 12
        loss = 6 * np.sum(off ** 2)
        d = off @ params[2].T * (1 - h ** 2)
        grads = [X[rows].T @ d, d.sum(axis=0), h.T @ off, off.sum(axis=0)]
        step(params, grads, 0.5)
"""


@pytest.mark.rest(of=3)
def test_a_loop_over_the_parameters_is_no_turn_of_training(debug):
    right = debug(PAIRED, "--quick")
    assert right.exit_code == 0, right.output
    assert "Checked the loop (line 12) against loss (line 15)" in right.output


MOVING = """
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
params = {"W": rng.normal(size=(3, 4)), "V": rng.normal(size=(4, 2))}
velocity = {k: np.zeros_like(v) for k, v in params.items()}
lr, beta = 0.3, 0.9
for epoch in range(20):
    h = np.tanh(X @ params["W"])
    off = h @ params["V"] - y
    loss = 0.5 * np.sum(off ** 2)
    grads = {}
    grads["V"] = h.T @ off
    grads["W"] = X.T @ (off @ params["V"].T * (1 - h ** 2))
    for k in params:
        velocity[k] = beta * velocity[k] + (1 - beta) * grads[k]
        params[k] -= lr * velocity[k]
"""


@pytest.mark.rest(of=3)
def test_what_an_optimizer_keeps_is_no_parameter(debug):
    result = debug(MOVING, "--quick")
    assert result.exit_code == 0, result.output
    assert "grads['W'] of params['W'], grads['V'] of params['V'].\n" in result.output


RIDGE = """
import numpy as np

def fit(X, y, share=0.1, lr=0.05):
    w = np.zeros(X.shape[1])
    for _ in range(50):
        r = X @ w - y
        J = r @ r / len(y) + share * w @ w
        gw = 2 * X.T @ r / len(y) + 2 * share * w
        w = w - lr * gw
    return w

rng = np.random.default_rng(5)
fit(rng.normal(size=(20, 3)), rng.normal(size=20))
"""


@pytest.mark.rest(of=3)
def test_a_mistake_that_zeros_hide_in_the_first_turn_is_found(debug):
    assert debug(RIDGE, "--quick").exit_code == 0
    faulty = debug(RIDGE.replace("2 * share * w\n", "share * w\n"), "--quick")
    assert faulty.exit_code == 1, faulty.output
    assert "mine.py:9: " in faulty.output


MOVED_FIRST = """
import numpy as np

def cost(w, X, y):
    return np.mean((X @ w - y) ** 2) + 0.1 * np.sum(w ** 2)

def gradient(w, X, y):
    return 2 * X.T @ (X @ w - y) / len(y) + 0.2 * w

def descend(w, X, y, rate):
    history = []
    for _ in range(10**9):
        w = w - rate * gradient(w, X, y)
        history.append(cost(w, X, y))

rng = np.random.default_rng(2)
descend(np.zeros(3), rng.normal(size=(20, 3)), rng.normal(size=20), 0.1)
"""


@pytest.mark.rest(of=3)
def test_a_loss_computed_after_the_move_is_compared_at_the_weights_before_it(debug):
    sound = debug(MOVED_FIRST, "--quick")
    assert sound.exit_code == 0, sound.output
    faulty = debug(MOVED_FIRST.replace("+ 0.2 * w", "+ 0.1 * w"), "--quick")
    assert faulty.exit_code == 1, faulty.output
    assert "mine.py:8: " in faulty.output


BATCHES = """
import numpy as np

def predict(params, X):
    hidden = np.tanh(X @ params[0] + params[1])
    return hidden, hidden @ params[2]

def squared_loss(guess, y):
    return np.mean((guess - y) ** 2)

def gradients(params, X, y):
    hidden, guess = predict(params, X)
    d = 2 * (guess - y) / len(y)
    dh = np.outer(d, params[2]) * (1 - hidden ** 2)
    return [X.T @ dh, dh.sum(axis=0), hidden.T @ d]

rng = np.random.default_rng(6)
X, y = rng.normal(size=(24, 3)), rng.normal(size=24)
params = [rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=4)]
for epoch in range(10**9):
    for start in range(0, 24, 8):
        some, wanted = X[start:start + 8], y[start:start + 8]
        found = gradients(params, some, wanted)
        for param, gradient in zip(params, found):
            param -= 0.1 * gradient
    hidden, guess = predict(params, X)
    print(epoch, squared_loss(guess, y))
"""


@pytest.mark.rest(of=3)
@pytest.mark.parametrize(("mean", "times"), [(" / len(y)", None), ("", 8)])
def test_gradients_of_batches_are_compared_with_the_loss_shown_after_them(debug, mean, times):
    text = BATCHES.replace(" / len(y)", mean)
    sound = debug(text, "--quick")
    assert sound.exit_code == 0, sound.output
    assert "against squared_loss(guess, y)" in sound.output
    assert (f"Your gradients are those of {times} times" in sound.output) == (times is not None)
    faulty = debug(text.replace("1 - hidden ** 2", "1 - hidden"))
    assert faulty.exit_code == 1, faulty.output
    assert "mine.py:14: " in faulty.output


NIELSEN = """
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

class Network:
    def __init__(self, sizes):
        rng = np.random.default_rng(1)
        self.biases = [rng.normal(size=(y, 1)) for y in sizes[1:]]
        self.weights = [rng.normal(size=(y, x)) for x, y in zip(sizes, sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(w @ a + b)
        return a

    def learn(self, batch, eta):
        nabla_b, nabla_w = [0, 0], [0, 0]
        for x, y in batch:
            some_b, some_w = self.backprop(x, y)
            nabla_b = [one + more for one, more in zip(nabla_b, some_b)]
            nabla_w = [one + more for one, more in zip(nabla_w, some_w)]
        self.weights = [w - eta / len(batch) * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - eta / len(batch) * nb for b, nb in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        z1 = self.weights[0] @ x + self.biases[0]
        z2 = self.weights[1] @ sigmoid(z1) + self.biases[1]
        delta = (sigmoid(z2) - y) * sigmoid_prime(z2)
        before = self.weights[1].T @ delta * sigmoid_prime(z1)
        return [before, delta], [before @ x.T, delta @ sigmoid(z1).T]

rng = np.random.default_rng(2)
net = Network([3, 4, 2])
while True:
    net.learn([(rng.random((3, 1)), rng.random((2, 1))) for _ in range(5)], 3.0)
"""


@pytest.mark.rest(of=3)
def test_a_method_that_goes_back_is_compared_with_one_that_goes_forward_and_was_not_called(debug):
    sound = debug(NIELSEN, "--quick")
    assert sound.exit_code == 0, sound.output
    assert "half the sum of (self.feedforward(x) - y)**2 was taken for it" in " ".join(sound.output.split())
    faulty = debug(NIELSEN.replace("delta * sigmoid_prime(z1)", "delta * z1"))
    assert faulty.exit_code == 1, faulty.output
    assert "mine.py:34: " in faulty.output


ACTIVATIONS = """
import numpy as np

def elu(x):
    return np.where(x > 0, x, np.exp(x) - 1)

def elu_prime(x):
    return np.where(x > 0, 1.0, np.exp(x))

def swish(x):
    return x / (1 + np.exp(-x))

def swish_prime(x):
    s = 1 / (1 + np.exp(-x))
    return s + x * s * (1 - s)

x = np.linspace(-2, 2, 9)
print(elu(x), elu_prime(x), swish(x), swish_prime(x))
"""


@pytest.mark.rest(of=3)
def test_functions_are_compared_with_their_derivatives_entry_by_entry(debug):
    sound = debug(ACTIVATIONS, "--quick")
    assert sound.exit_code == 0, sound.output
    assert "swish_prime (line 13) against swish (line 10)" in " ".join(sound.output.split())
    faulty = debug(ACTIVATIONS.replace("s + x * s", "s + s"))
    assert faulty.exit_code == 1, faulty.output
    assert "mine.py:15: " in faulty.output


TRAINED = """
def slope(y):
    return 2 * y

def slope_prime(y):
    return 2.0

def train(w, lr=0.1):
    while True:
        out = slope(w)
        w -= lr * out * slope_prime(w)

train(1.5)
"""


@pytest.mark.rest(of=3)
def test_where_only_a_part_of_what_trains_can_be_checked_that_is_no_verdict_and_what_is_missing_is_said(debug):
    result = debug(TRAINED)
    assert result.exit_code == 2, result.output
    said = " ".join(result.output.split())
    assert "the loop (line 9) moves w, and computes no loss that these are the gradients of" in said


SUMMED = """
import numpy as np

rng = np.random.default_rng(1)
X, y, W = rng.normal(size=(8, 3)), rng.normal(size=(8, 1)), rng.normal(size=(3, 1))
W_update = np.zeros_like(W)
for j in range(100):
    off = y - X @ W
    overallError = 0
    for row in off:
        overallError += np.abs(row[0])
    W_update += X.T @ off
    W += 0.01 * W_update
    W_update *= 0
"""


@pytest.mark.rest(of=3)
def test_no_gradient_is_called_wrong_by_an_error_that_may_be_no_loss(debug):
    result = debug(SUMMED, "--quick")
    assert result.exit_code == 0, result.output
    assert "0.01 times half the sum of (X @ W - y)**2 was taken for it" in " ".join(result.output.split())


STEPPED = """
import numpy as np

np.random.seed(3)
X = np.random.randn(20, 5)
Y = np.eye(3)[np.random.randint(0, 3, 20)]
W1, b1 = np.random.randn(5, 7) * 0.3, np.zeros((1, 7))
W2, b2 = np.random.randn(7, 3) * 0.3, np.zeros((1, 3))
v1 = np.zeros_like(W1)
for i in range(20):
    a1 = np.tanh(X @ W1 + b1)
    z2 = a1 @ W2 + b2
    e = np.exp(z2 - z2.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    loss = -np.mean(np.log((p * Y).sum(1)))
    d2 = (p - Y) / 20
    dW2 = a1.T @ d2
    db2 = d2.sum(0, keepdims=True)
    d1 = d2 @ W2.T * (1 - a1 ** 2)
    dW1 = X.T @ d1
    db1 = d1.sum(0, keepdims=True)
    {}
    v1 = 0.9 * v1 - 0.1 * dW1
    W1 += v1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
"""


@pytest.mark.rest(of=3)
@pytest.mark.parametrize(
    "line",
    [
        "dW1 += 0.01 * np.sign(W1)",
        "dW2 += np.random.randn(7, 3) * 0.001",
        "dW1 *= min(1, 0.05 / np.linalg.norm(dW1))",
        "dW1 += 0.01 * W1",
        "dW1 = np.clip(dW1, -0.01, 0.01)",
    ],
)
def test_what_is_done_to_a_right_gradient_before_the_step_is_no_mistake(debug, line):
    result = debug(STEPPED.format(line), "--quick")
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert "Not checked: v1." in told
    assert "What is done to the gradients before the step (line 22) is left out of the check." in told


@pytest.mark.rest(of=3)
def test_a_mistake_is_told_beside_what_is_done_to_the_gradients_before_the_step(debug):
    result = debug(STEPPED.format("dW1 += 0.01 * np.sign(W1)").replace("a1 ** 2", "a1"))
    assert result.exit_code == 1, result.output
    assert "mine.py:19: d1 = d2 @ W2.T * (1 - a1)" in result.output
    assert "np.sign(W1)" not in result.output


@pytest.mark.rest(of=3)
def test_the_gradient_of_a_share_of_the_weights_that_is_in_the_loss_is_no_step(debug):
    text = STEPPED.replace("(p * Y).sum(1)))", "(p * Y).sum(1))) + 0.005 * (W1 ** 2).sum()")
    assert debug(text.format("dW1 += 0.01 * W1"), "--quick").exit_code == 0
    result = debug(text.format("dW1 += 0.02 * W1"), "--quick")
    assert result.exit_code == 1, result.output
    assert "dW1 += 0.02 * W1" in result.output


def test_weight_decay_in_the_lines_of_gradients_is_left_out_and_a_mistake_beside_it_told(debug):
    text = STEPPED.replace("X.T @ d1", "X.T @ d1 + 0.01 * W1").replace("a1.T @ d2", "a1.T @ d2 + 0.01 * W2")
    result = debug(text.format("pass"), "--quick")
    assert result.exit_code == 0, result.output
    assert "The share of W1 and W2 that weight decay puts into the gradient" in " ".join(result.output.split())
    result = debug(text.format("pass").replace("a1 ** 2", "a1"), "--quick")
    assert result.exit_code == 1, result.output
    assert "mine.py:19: d1 = d2 @ W2.T * (1 - a1)" in result.output
    assert "mine.py:17" not in result.output


def test_a_share_of_the_signs_in_the_line_of_a_gradient_is_left_out(debug):
    text = STEPPED.replace("X.T @ d1", "X.T @ d1 + 0.02 * np.sign(W1)").format("pass")
    assert debug(text, "--quick").exit_code == 0
    assert debug(text.replace("X.T @ d1", "X[::-1].T @ d1"), "--quick").exit_code == 1


def test_a_gradient_that_is_passed_straight_through_a_step_is_not_checked(debug):
    text = """
import numpy as np

rng = np.random.default_rng(1)
X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
w, b = rng.normal(size=3), 0.5
for _ in range(9):
    off = X @ np.sign(w) + b - y
    loss = np.mean(off**2)
    dw = X.T @ (2 * off) / len(y)
    db = np.mean(2 * off)
    w -= 0.05 * dw
    b -= 0.05 * db
"""
    result = debug(text, "--quick")
    assert result.exit_code == 0, result.output
    assert "db of b. Not checked: w." in result.output
    assert debug(text.replace("db = np.mean(2 * off)", "db = np.mean(off)"), "--quick").exit_code == 1


def test_what_momentum_adds_up_ahead_of_a_parameter_is_none_itself(debug):
    text = """
import numpy as np

rng = np.random.default_rng(6)
X, y = rng.normal(size=(50, 4)), rng.normal(size=50)
theta, vel = np.zeros(4), np.zeros(4)
for t in range(9):
    rest = X @ (theta + 0.9 * vel) - y
    cost = (rest**2).mean()
    g = 2 * X.T @ rest / 50
    vel = 0.9 * vel - 0.1 * g
    theta = theta + vel
"""
    result = debug(text, "--quick")
    assert result.exit_code == 0, result.output
    assert "g of theta" in result.output
    assert debug(text.replace("2 * X.T", "X.T"), "--quick").exit_code == 1


def test_gradients_of_the_wrong_sign_that_are_taken_away_are_no_convention(debug):
    result = debug(STEPPED.format("pass").replace("d2 = (p - Y)", "d2 = (Y - p)"))
    assert result.exit_code == 1, result.output
    assert "mine.py:16: d2 = (Y - p) / 20" in result.output
    added = STEPPED.format("pass").replace("d2 = (p - Y)", "d2 = (Y - p)").replace("- 0.1 * dW1", "+ 0.1 * dW1")
    added = added.replace("-= 0.1", "+= 0.1")
    assert debug(added, "--quick").exit_code == 0


WEIGHTED = """
import numpy as np

rng = np.random.default_rng(1)
X, t = rng.normal(size=(30, 5)), rng.integers(0, 4, 30)
W, b = rng.normal(size=(5, 4)), np.zeros(4)
share = np.array([1.0, 2.0, 1.0, 0.5])[t]
Y = np.eye(4)[t]
for step in range(9):
    e = np.exp(X @ W + b)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -(share[:, None] * Y * np.log(p)).sum() / share.sum()
    dz = share[:, None] * (p - Y) / share.sum()
    W -= 0.5 * X.T @ dz
    b -= 0.5 * dz.sum(axis=0)
"""


def test_where_gradients_are_of_another_loss_than_the_one_that_is_there_both_are_named(debug):
    assert debug(WEIGHTED, "--quick").exit_code == 0
    faulty = WEIGHTED.replace("share[:, None] * (p - Y) / share.sum()", "(p - Y) / len(t)")
    result = debug(faulty, "--quick")
    said = " ".join(result.output.split())
    assert "They are not the gradients of loss, but those of 1/60 times the cross-entropy of p and Y" in said
    result = debug(faulty, "--loss", "loss")
    assert result.exit_code == 1, result.output
    assert "mine.py:13: dz = (p - Y) / len(t)" in result.output
    assert "No change proves line 13" in result.output


def test_twice_the_penalty_that_the_loss_has_is_no_weight_decay(debug):
    text = STEPPED.replace("(p * Y).sum(1)))", "(p * Y).sum(1))) + 0.005 * np.sum(W1 * W1)")
    assert debug(text.replace("X.T @ d1", "X.T @ d1 + 0.01 * W1").format("pass"), "--quick").exit_code == 0
    result = debug(text.replace("X.T @ d1", "X.T @ d1 + 0.02 * W1").format("pass"), "--quick")
    assert result.exit_code == 1, result.output


def test_weight_decay_of_weights_that_begin_at_zero_is_no_mistake(debug):
    text = """
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(40, 3))
y = X @ np.array([1.0, -2.0, 0.5])
w = np.zeros(3)
for _ in range(50):
    off = X @ w - y
    dw = X.T @ off / len(y) + 0.1 * w
    w = w - 0.05 * dw
"""
    result = debug(text, "--quick")
    assert result.exit_code == 0, result.output
    assert "The share of w that weight decay puts into the gradient" in " ".join(result.output.split())


@pytest.mark.parametrize("text", [ADDED_UP, PRINTED, ONE_BY_ONE])
def test_a_loss_that_an_inner_loop_adds_up_that_is_printed_or_that_is_meant_is_found(debug, text):
    result = debug(text, "--quick")
    assert result.exit_code == 0, result.output
    assert "All correct" in result.output


@pytest.mark.rest(of=3)
def test_of_a_loss_added_up_by_an_inner_loop_the_wrong_line_is_told(debug):
    result = debug(ADDED_UP.replace("dw += 2 * (p - y) * x", "dw += (p - y) * x"))
    assert result.exit_code == 1, result.output
    assert "mine.py:11: dw += (p - y) * x" in result.output
    assert "mine.py:12" not in result.output
