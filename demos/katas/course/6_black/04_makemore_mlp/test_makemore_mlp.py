"""The whole MLP: the learner's arrays, put into the same network made of Values."""

import numpy as np
import pytest
from makemore_mlp import makemore_mlp

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients
from handgrad.functional import cross_entropy

GRADIENTS = ("logits", "h", "W2", "b2", "hpreact", "gain", "bias", "hprebn", "W1", "b1", "emb", "C")
CALL = "makemore_mlp(params, forward, X, Y)"


def nodes(array):
    made = np.empty(array.shape, dtype=object)
    for place, number in np.ndenumerate(array):
        made[place] = Value(number)
    return made


def numbers(array):
    return np.array([node.data for node in array.ravel()]).reshape(array.shape)


def network(C, W1, b1, gain, bias, W2, b2, X, Y):
    """The loss and every named array, on arrays of Values."""
    n = len(X)
    # Times 1: a pick that is a node of its own, as the learner's demb is asked for.
    emb = C[X] * 1
    flat = emb.reshape(n, -1)
    hprebn = flat @ W1 + b1
    diff = hprebn - hprebn.sum(0, keepdims=True) / n
    inv = ((diff**2).sum(0, keepdims=True) / (n - 1) + 1e-5) ** -0.5
    raw = diff * inv
    hpreact = gain * raw + bias
    h = np.tanh(hpreact)
    logits = h @ W2 + b2
    found = {"emb": emb, "hprebn": hprebn, "inv": inv, "raw": raw, "hpreact": hpreact, "h": h, "logits": logits}
    return cross_entropy(logits, Y, fused=True), found


def fill(name, array, gradients):
    """Put an array of gradients into its nodes; None leaves them unfilled."""
    if gradients is None:
        return
    shape = np.shape(gradients)
    assert shape == array.shape, (
        f"Called {CALL}. The gradient of {name} came back with shape {shape}. Expected {array.shape}, the shape of "
        f"{name} itself: a gradient has the shape of its array."
    )
    for node, gradient in zip(array.ravel(), np.ravel(gradients)):
        node.grad = float(gradient)


@pytest.mark.parametrize(
    ("batch", "letters", "hidden", "seed"), [(4, 5, 3, 1), (5, 4, 2, 2), (4, 6, 2, 3), (6, 4, 3, 4), (3, 5, 4, 5)]
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
        made = {name: nodes(array) for name, array in params.items()}
        L, found = network(**made, X=X, Y=Y.tolist())
    made.update(found)
    for name, array in made.items():
        for place, node in np.ndenumerate(array):
            node.label = name + "".join(f"[{i}]" for i in place)
    L.label = "L"
    forward = {name: numbers(array) for name, array in found.items()}
    forward["flat"] = forward["emb"].reshape(batch, -1)
    exps = np.exp(forward["logits"])
    forward["probs"] = exps / exps.sum(1, keepdims=True)
    with by_hand():
        grads = makemore_mlp({name: array.copy() for name, array in params.items()}, forward, X.copy(), Y.copy())
    assert isinstance(grads, dict), (
        f"Called {CALL}. It returned a {type(grads).__name__}. Expected a dict of arrays by name."
    )
    for name in GRADIENTS:
        fill(name, made[name], grads.get(name))
    unused = {node for row in set(range(letters)) - set(X.ravel().tolist()) for node in made["C"][row]}
    for node in unused:
        assert node.grad in (None, 0.0), (
            f"Called {CALL}. The gradient of {node.label} is {node.grad:.6g}. Expected 0: X never picks that row."
        )
    asked = [node for name in GRADIENTS for node in made[name].ravel() if node not in unused]
    check_gradients(L, nodes=asked, call=CALL)
