"""The whole MLP: the learner's arrays, put into the same network made of nodes."""

import numpy as np
import pytest
from makemore_mlp import makemore_mlp

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

PARTS = (
    ("logits", "h", "W2", "b2"),
    ("hpreact", "gain", "bias", "hprebn"),
    ("W1", "b1", "emb", "C"),
)
GRADIENTS = tuple(name for part in PARTS for name in part)
CALL = "makemore_mlp(params, forward, X, Y)"


def network(C, W1, b1, gain, bias, W2, b2, X, Y):
    """The loss and every array between the parameters and it, as nodes."""
    n = len(X)
    emb = label(C[X], "emb")
    flat = label(emb.reshape(n, -1), "flat")
    hprebn = label(flat @ W1 + b1, "hprebn")
    diff = hprebn - hprebn.mean(0, keepdims=True)
    inv = label(((diff**2).sum(0, keepdims=True) / (n - 1) + 1e-5) ** -0.5, "inv")
    raw = label(diff * inv, "raw")
    hpreact = label(gain * raw + bias, "hpreact")
    h = label(np.tanh(hpreact), "h")
    logits = label(h @ W2 + b2, "logits")
    exps = np.exp(logits)
    probs = label(exps / exps.sum(1, keepdims=True), "probs")
    L = label(-np.log(probs[range(n), Y]).mean(), "L")
    return L, {node.label: node for node in (emb, flat, hprebn, inv, raw, hpreact, h, logits, probs)}


@pytest.mark.parametrize(
    ("batch", "letters", "hidden", "seed"), [(7, 9, 3, 1), (5, 7, 2, 2), (6, 9, 4, 3), (8, 6, 3, 4), (3, 5, 7, 5)]
)
def test_every_parameter_and_every_station(batch, letters, hidden, seed):
    rng = np.random.default_rng(seed)
    block, width = 2, 2
    params = {
        "C": rng.normal(size=(letters, width)),
        "W1": rng.normal(size=(block * width, hidden)) * 0.6,
        "b1": rng.normal(size=(1, hidden)) * 0.3,
        "gain": rng.uniform(0.5, 0.9, size=(1, hidden)),
        "bias": rng.normal(size=(1, hidden)) * 0.3,
        "W2": rng.normal(size=(hidden, letters)) * 0.7,
        "b2": rng.normal(size=(1, letters)) * 0.3,
    }
    X, Y = rng.integers(1, letters, size=(batch, block)), rng.integers(0, letters, size=batch)
    X[0], X[1, 0] = X[1, 1], X[1, 1]  # some letters repeat
    with manual():
        made = {name: array(numbers, name) for name, numbers in params.items()}
        L, found = network(**made, X=X, Y=Y)
    forward = {name: node.data.copy() for name, node in found.items()}
    with by_hand():
        grads = makemore_mlp({name: numbers.copy() for name, numbers in params.items()}, forward, X.copy(), Y.copy())
    check_names(grads, GRADIENTS, CALL)
    made.update(found)
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    asked = [made[name] for name in GRADIENTS]
    check_gradients(L, nodes=asked, call=f"{CALL} and filled in what it returned", parts=PARTS)
