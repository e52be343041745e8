"""Scripts that train without functions, as people write them."""

ELEVEN_LINES = """\
import numpy as np
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0, 1, 1, 0]]).T
np.random.seed(1)
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
for j in range(60000):
    l1 = 1 / (1 + np.exp(-(np.dot(X, syn0))))
    l2 = 1 / (1 + np.exp(-(np.dot(l1, syn1))))
    l2_delta = (y - l2) * (l2 * (1 - l2))
    l1_delta = l2_delta.dot(syn1.T) * (l1 * (1 - l1))
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
"""

TWO_LAYERS = """\
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(12, 2)), np.arange(12) % 3
W, b = 0.01 * rng.normal(size=(2, 5)), np.zeros((1, 5))
W2, b2 = 0.01 * rng.normal(size=(5, 3)), np.zeros((1, 3))
step_size = 1e-0
reg = 1e-1
for i in range(10000):
  hidden = np.maximum(0, np.dot(X, W) + b)
  scores = np.dot(hidden, W2) + b2
  exp_scores = np.exp(scores)
  probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
  data_loss = np.sum(-np.log(probs[range(12), y])) / 12
  loss = data_loss + 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
  if i % 1000 == 0:
    print("iteration %d: loss %f" % (i, loss))
  dscores = probs
  dscores[range(12), y] -= 1
  dscores /= 12
  dW2 = np.dot(hidden.T, dscores)
  db2 = np.sum(dscores, axis=0, keepdims=True)
  dhidden = np.dot(dscores, W2.T)
  dhidden[hidden <= 0] = 0
  dW = np.dot(X.T, dhidden)
  db = np.sum(dhidden, axis=0, keepdims=True)
  dW2 += reg * W2
  dW += reg * W
  W += -step_size * dW
  b += -step_size * db
  W2 += -step_size * dW2
  b2 += -step_size * db2
"""

RECURRENT = """\
import numpy as np
text = "a text to read, and to read again"
chars = sorted(set(text))
place = {one: at for at, one in enumerate(chars)}
size, hidden = len(chars), 6
rng = np.random.default_rng(0)
Wxh = rng.normal(size=(hidden, size)) * 0.1
Whh = rng.normal(size=(hidden, hidden)) * 0.1
Why = rng.normal(size=(size, hidden)) * 0.1
bh, by = np.zeros((hidden, 1)), np.zeros((size, 1))

def lossFun(inputs, targets, hprev):
  xs, hs, ys, ps = {}, {}, {}, {}
  hs[-1] = np.copy(hprev)
  loss = 0
  for t in range(len(inputs)):
    xs[t] = np.zeros((size, 1))
    xs[t][inputs[t]] = 1
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
    ys[t] = np.dot(Why, hs[t]) + by
    ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    loss += -np.log(ps[t][targets[t], 0])
  dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
  dbh, dby = np.zeros_like(bh), np.zeros_like(by)
  dhnext = np.zeros_like(hs[0])
  for t in reversed(range(len(inputs))):
    dy = np.copy(ps[t])
    dy[targets[t]] -= 1
    dWhy += np.dot(dy, hs[t].T)
    dby += dy
    dh = np.dot(Why.T, dy) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.dot(Whh.T, dhraw)
  return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs)-1]

n, p = 0, 0
mWxh, mWhh, mWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
mbh, mby = np.zeros_like(bh), np.zeros_like(by)
while True:
  if p + 4 >= len(text) or n == 0:
    hprev = np.zeros((hidden, 1))
    p = 0
  inputs = [place[one] for one in text[p:p+3]]
  targets = [place[one] for one in text[p+1:p+4]]
  loss, dWxh, dWhh, dWhy, dbh, dby, hprev = lossFun(inputs, targets, hprev)
  for param, dparam, mem in zip([Wxh, Whh, Why, bh, by],
                                [dWxh, dWhh, dWhy, dbh, dby],
                                [mWxh, mWhh, mWhy, mbh, mby]):
    mem += dparam * dparam
    param += -0.1 * dparam / np.sqrt(mem + 1e-8)
  p += 3
  n += 1
"""

ADDED_UP = """\
X = [0.5, 1.5, -1.0, 2.0]
Y = [1.0, 2.5, -1.5, 4.5]
w, b = 0.3, 0.1
lr = 0.01
for epoch in range(100):
    total = 0.0
    dw = db = 0.0
    for x, y in zip(X, Y):
        p = w * x + b
        total += (p - y) ** 2
        dw += 2 * (p - y) * x
        db += 2 * (p - y)
    w -= lr * dw
    b -= lr * db
"""

PRINTED = """\
import numpy as np
X = np.array([[0.5, 1.0], [1.5, -0.3], [-1.0, 0.2], [2.0, 0.7]])
Y = np.array([1.0, 0.0, 0.0, 1.0])
w = np.array([0.3, -0.2])
lr = 0.01
for epoch in range(100):
    p = X @ w
    dw = 2 * X.T @ (p - Y) / len(X)
    if epoch % 10 == 9:
        print(f"{epoch}:", round(np.mean((p - Y) ** 2), 3))
    w -= lr * dw
"""

ONE_BY_ONE = """\
X = [0.5, 1.5, -1.0, 2.0]
Y = [1.0, 2.5, -1.5, 4.5]
w, b = 0.3, 0.1
lr = 0.01
for epoch in range(100):
    for x, y in zip(X, Y):
        p = w * x + b
        w -= lr * 2 * (p - y) * x
        b -= lr * 2 * (p - y)
"""


def changed(text, old, new):
    """A script with a slip, and the number of its line."""
    assert text.count(old) == 1, old
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


def written(folder, text):
    """Return the path of a script, written to a file."""
    path = folder / "net.py"
    path.write_text(text, "utf-8")
    return str(path)
