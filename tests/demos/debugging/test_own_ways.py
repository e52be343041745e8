"""Files that train in ways of their own: two networks, a game first, a policy, Jacobians, a loss under any name."""

import os

import pytest

TWO_NETWORKS = """
import numpy as np
rng = np.random.default_rng(3)

class Painter:
    def __init__(self):
        self.W = rng.normal(size=(2, 3))
        self.b = rng.normal(size=3)
    def forward(self, z):
        self.z = z
        return z @ self.W + self.b
    def backward(self, d):
        dW = self.z.T @ d
        db = d.sum(0)
        self.W -= 0.1 * dW
        self.b -= 0.1 * db

class Critic:
    def __init__(self):
        self.V = rng.normal(size=(3, 1))
        self.c = rng.normal(size=1)
    def forward(self, x):
        self.x = x
        self.p = 1 / (1 + np.exp(-(x @ self.V + self.c)))
        return self.p
    def backward(self, t):
        d = (self.p - t) / len(t)
        dV = self.x.T @ d
        dc = d.sum(0)
        self.V -= 0.1 * dV
        self.c -= 0.1 * dc

P, C = Painter(), Critic()
lr = 0.1
for turn in range(9):
    fake = P.forward(rng.normal(size=(8, 2)))
    x = np.vstack([rng.normal(size=(8, 3)), fake])
    t = np.vstack([np.ones((8, 1)), np.zeros((8, 1))])
    p = C.forward(x)
    critic_loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    C.backward(t)
    fake = P.forward(rng.normal(size=(8, 2)))
    p = C.forward(fake)
    painter_loss = -np.mean(np.log(p))
    P.backward((p - 1) @ C.V.T / len(p))
"""

PLAYED = """
import numpy as np

class Net:
    def __init__(self):
        self.w = np.random.randn(3, 2)
        self.b = np.zeros((1, 2))
    def act(self, s):
        self.q = s @ self.w + self.b
        return self.q
    def train(self, s, target):
        q = self.act(s)
        loss = np.mean((q - target) ** 2)
        dq = 2 * (q - target) / q.size
        dw = s.T @ dq
        db = dq.sum(0, keepdims=True)
        self.w -= 0.01 * dw
        self.b -= 0.01 * db

np.random.seed(1)
net, memory = Net(), []
s = np.random.randn(1, 3)
total = 0.0
for turn in range(40):
    net.act(s)
    memory.append(s)
    s = np.random.randn(1, 3)
    total += s.sum()
    if len(memory) > 12:
        net.train(np.vstack(memory), np.ones((len(memory), 2)))
"""

POLICY = """
import numpy as np
np.random.seed(5)
worth = np.random.randn(6) + 4
H = np.zeros(6)
alpha, baseline = 0.1, 0.0
for t in range(1, 100):
    pi = np.exp(H - H.max())
    pi /= pi.sum()
    a = np.random.choice(6, p=pi)
    r = worth[a] + np.random.randn()
    baseline += (r - baseline) / t
    one_hot = np.zeros(6)
    one_hot[a] = 1
    H += alpha * (r - baseline) * (one_hot - pi)
"""

OWN_NAMES = """
import numpy as np
rng = np.random.default_rng(8)
A, b = rng.normal(size=(9, 4)), rng.normal(size=9)
x = rng.normal(size=4)
for turn in range(30):
    r = A @ x - b
    f = 0.5 * r @ r + 0.3 * np.abs(x).sum()
    g = A.T @ r + 0.3 * np.sign(x)
    x = x - 0.005 / np.sqrt(turn + 1) * g
    if turn % 10 == 0:
        print(turn, f)
"""

JACOBIANS = """
import numpy as np

def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()

def softmax_jacobian(z):
    s = softmax(z)
    return np.diag(s) - np.outer(s, s)

z = np.array([0.3, -0.2, 0.9])
print(softmax(z), softmax_jacobian(z))
"""

GIVEN_ITS_OUTPUT = """
import numpy as np

def one_step(part, w):
    return np.sum(part * w)

def conv_forward(x, w):
    Z = np.array([one_step(x[i : i + 3], w) for i in range(len(x) - 2)])
    return Z, (x, w)

def conv_backward(dZ, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(dZ)):
        dx[i : i + 3] += w * dZ[i]
        dw += x[i : i + 3] * dZ[i]
    return dx, dw

rng = np.random.default_rng(2)
Z, cache = conv_forward(rng.normal(size=60), rng.normal(size=3))
print(conv_backward(Z, cache))
"""

SEVERAL = """
import numpy as np
rng = np.random.default_rng(6)
X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
W, b = rng.normal(size=(3, 1)), rng.normal(size=(1, 1))

def measure(out):
    fit = np.mean((out - y) ** 2)
    size = 0.1 * np.sum(W**2)
    return fit + size, fit, size

def compute_loss(out):
    return measure(out)

for turn in range(5):
    out = X @ W + b
    total, fit, size = compute_loss(out)
    dW = X.T @ (2 * (out - y)) / len(X) + 0.2 * W
    db = (2 * (out - y)).mean(0, keepdims=True)
    W -= 0.1 * dW
    b -= 0.1 * db
"""

ADAGRAD = """
import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 1))
U, W, v = rng.normal(size=(4, 12)), rng.normal(size=(4, 12)), rng.normal(size=(12, 1))
bu, bw = np.zeros(12), np.zeros(12)

def step(X, y):
    gate, h = 1 / (1 + np.exp(-(X @ U + bu))), np.tanh(X @ W + bw)
    out = (gate * h) @ v
    loss = np.mean((out - y) ** 2)
    dout = 2 * (out - y) / len(y)
    dgate = dout @ v.T * h * gate * (1 - gate)
    dh = dout @ v.T * gate * (1 - h**2)
    return loss, (X.T @ dgate, X.T @ dh, (gate * h).T @ dout, dgate.sum(0), dh.sum(0))

mem = [np.zeros_like(one) for one in (U, W, v, bu, bw)]
for turn in range(5):
    loss, grads = step(X, y)
    for p, dp, m in zip((U, W, v, bu, bw), grads, mem):
        m += dp * dp
        p -= 0.1 * dp / np.sqrt(m + 1e-8)
"""

TUPLES = """
import numpy as np
rng = np.random.default_rng(4)
X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
params = [(rng.normal(size=(3, 4)), np.zeros(4)), (rng.normal(size=(4, 1)), np.zeros(1))]
m = [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]

def predict(params, X):
    acts = [X]
    for W, b in params[:-1]:
        acts.append(np.tanh(acts[-1] @ W + b))
    return [*acts, acts[-1] @ params[-1][0] + params[-1][1]]

def back(params, acts, y):
    grads, delta = [], (acts[-1] - y) * 2 / y.size
    for i in reversed(range(len(params))):
        grads.insert(0, (acts[i].T @ delta, delta.sum(0)))
        delta = delta @ params[i][0].T * (1 - acts[i] ** 2)
    return grads

for turn in range(5):
    acts = predict(params, X)
    loss = np.mean((acts[-1] - y) ** 2)
    grads = back(params, acts, y)
    for i in range(len(params)):
        for j in range(2):
            m[i][j][:] = 0.9 * m[i][j] + 0.1 * grads[i][j]
            params[i][j][:] -= 0.1 * m[i][j]
"""


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        pytest.param(ADAGRAD, "* (1 - gate)", "* gate", id="parameters and what Adagrad keeps of each in a zip"),
        pytest.param(TUPLES, "acts[i] ** 2)", "acts[i])", id="parameters in a list of tuples, and j counts them"),
        pytest.param(TWO_NETWORKS, "dV = self.x.T @ d", "dV = self.x.T @ (d * self.p)", id="two networks, two losses"),
        pytest.param(PLAYED, "dw = s.T @ dq", "dw = s.T @ (q - target)", id="a game before the first step"),
        pytest.param(
            OWN_NAMES, "0.3 * np.sign(x)", "0.3 * x", id="a loss called f that is printed, a gradient called g"
        ),
        pytest.param(JACOBIANS, "- np.outer", "+ np.outer", id="a Jacobian"),
        pytest.param(
            GIVEN_ITS_OUTPUT, "dx[i : i + 3] +=", "dx[i : i + 3] =", id="a backward tried on the output itself"
        ),
        pytest.param(SEVERAL, "+ 0.2 * W", "+ 0.3 * W", id="a loss that comes first of several numbers"),
    ],
)
@pytest.mark.rest
def test_a_file_is_checked_in_its_own_way_and_the_wrong_line_is_told(debug, text, right, wrong):
    sound = debug(text, "--quick")
    assert sound.exit_code == 0, sound.output
    assert "All correct" in sound.output
    assert text.count(right) == 1 or text is SEVERAL
    faulty = debug(text.replace(right, wrong))
    assert faulty.exit_code == 1, faulty.output
    line = next(at for at, one in enumerate(text.splitlines(), 1) if right in one)
    assert f"mine.py:{line}: " in faulty.output or wrong in faulty.output


@pytest.mark.rest
def test_of_two_networks_each_is_checked_against_its_own_loss(debug):
    told = " ".join(debug(TWO_NETWORKS, "--quick").output.split())
    assert "against critic_loss (line 40): what moves C.V" in told
    assert "against painter_loss (line 44): what moves P.W" in told


@pytest.mark.rest
def test_a_policy_is_checked_from_the_first_turn_that_moves_it(debug):
    assert debug(POLICY, "--quick").exit_code == 0
    faulty = debug(POLICY.replace("(one_hot - pi)", "(one_hot - pi**2)"), "--quick")
    assert faulty.exit_code == 2, faulty.output


DOUBTFUL = """
import numpy as np
rng = np.random.default_rng(6)
X, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, b = rng.normal(size=(3, 2)), rng.normal(size=2)
lr = 0.1
for turn in range(5):
    out = X @ W + b
    error = out - y
    dW = X.T @ error
    db = error.mean(0)
    W -= lr * dW
    b -= lr * db
"""


def test_where_one_gradient_is_of_a_sum_and_one_of_a_mean_neither_is_told(debug):
    result = debug(DOUBTFUL, "--quick")
    assert result.exit_code == 2, result.output
    told = " ".join(result.output.split())
    assert "none fits W and b together: one of these gradients is wrong, or another loss is meant" in told


@pytest.mark.rest
def test_a_loss_that_is_printed_says_which_of_two_gradients_is_wrong(debug):
    printed = DOUBTFUL + "    print('loss', (error**2).mean(0).sum() / 2)\n"
    result = debug(printed, "--quick")
    assert result.exit_code == 1, result.output
    assert "Fix first: W" in result.output


KEPT_ON_DISK = """
import os
import numpy as np

def log(text):
    with open("log.txt", "a") as file:
        file.write(text + "\\n")

log("begun")
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
W, b = rng.normal(size=(3, 1)), np.zeros((1, 1))
for step in range(50):
    out = X @ W + b
    loss = np.mean((out - y) ** 2)
    d = 2 * (out - y) / len(X)
    dW = X.T @ d
    db = d.sum(0, keepdims=True)
    W -= 0.1 * dW
    b -= 0.1 * db
    log("step")
    np.save("weights.npy", W)
    os.environ["STEPS_OF_MINE"] = os.environ.get("STEPS_OF_MINE", "") + "."
    if step % 10 == 0:
        os.mkdir(f"kept{step}")
"""


@pytest.mark.parametrize("right", [True, False])
def test_what_a_turn_writes_is_written_once_and_its_gradients_are_checked(debug, tmp_path, monkeypatch, right):
    monkeypatch.setenv("STEPS_OF_MINE", "")
    result = debug(KEPT_ON_DISK if right else KEPT_ON_DISK.replace("X.T @ d", "X.T @ d * 2"))
    assert result.exit_code == (0 if right else 1), result.output
    assert right or "dW = X.T @ d * 2" in result.output
    assert (tmp_path / "log.txt").read_text().split() == ["begun", "step"]
    assert os.environ["STEPS_OF_MINE"] == "."
    assert sorted(one.name for one in tmp_path.iterdir()) == ["kept0", "log.txt", "mine.py", "weights.npy"]


SKIPPED = """
import numpy as np
rng = np.random.default_rng(5)
E, O, lr = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), 0.05
words = [0, 1, 2, 3, 4, 5, 1, 3]
for at, word in enumerate(words):
    for step in range(-2, 3):
        if step == 0 or not 0 <= at + step < len(words):
            continue
        some = np.array([words[at + step], 2, 5])
        t = np.array([1.0, 0.0, 0.0])
        p = 1 / (1 + np.exp(-(O[some] @ E[word])))
        err = p - t
        dO = np.outer(err, E[word])
        dE = err @ O[some]
        np.add.at(O, some, -lr * dO)
        E[word] -= lr * dE
"""

PENALISED = """
import numpy as np
rng = np.random.default_rng(5)
X, y = rng.normal(size=(12, 3)), rng.normal(size=12)

def cost(w, reg):
    return np.mean((X @ w - y) ** 2) + 0.5 * reg * np.sum(w ** 2)

def slope(w, reg):
    return 2 * X.T @ (X @ w - y) / len(y) + reg * w

w, history = rng.normal(size=3), []
for turn in range(9):
    dw = slope(w, 0.3)
    w = w - 0.1 * dw
    history.append(cost(w, 0.3))
"""


@pytest.mark.rest
def test_entries_that_the_first_turns_pass_over_are_judged_where_they_move(debug):
    assert debug(SKIPPED).exit_code == 0
    wrong = debug(SKIPPED.replace("dE = err @", "dE = t @"))
    assert wrong.exit_code == 1
    assert "mine.py:15" in wrong.stdout


@pytest.mark.rest
def test_the_share_of_a_loss_with_a_penalty_is_judged(debug):
    assert debug(PENALISED).exit_code == 0
    wrong = debug(PENALISED.replace("+ reg * w", "+ 2 * reg * w"))
    assert wrong.exit_code == 1
    assert "mine.py:10" in wrong.stdout


NO_LOSS_OF_CLASSES = """
import numpy as np
rng = np.random.default_rng(2)
X, y = rng.normal(size=(60, 3)), rng.integers(0, 4, 60)
W, b, lr = 0.1 * rng.normal(size=(3, 4)), np.zeros((1, 4)), 0.1
for start in range(0, 60, 20):
    xb, yb = X[start:start + 20], y[start:start + 20]
    scores = xb @ W + b
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    d = p
    d[np.arange(20), yb] -= 1
    d /= 20
    dW = xb.T @ d
    db = d.sum(axis=0, keepdims=True)
    dW += 0.01 * W
    W -= lr * dW
    b -= lr * db
"""


@pytest.mark.rest
def test_a_cross_entropy_of_classes_is_meant_where_one_is_taken_away_at_them(debug):
    assert debug(NO_LOSS_OF_CLASSES).exit_code == 0
    wrong = debug(NO_LOSS_OF_CLASSES.replace("d.sum(", "d.mean("))
    assert wrong.exit_code == 1
    assert "mine.py:14: db" in wrong.stdout
    assert "Fix first: b." in wrong.stdout
