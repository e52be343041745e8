"""The MLP on small batches of texts."""

import numpy as np
import pytest
from gelu_mlp import gelu_mlp

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

PARTS = (
    ("h", "W2", "b2"),
    ("z", "W1", "b1", "x"),
)
GRADIENTS = tuple(name for part in PARTS for name in part)
CALL = "gelu_mlp(x, W1, z, h, W2, dy)"


@pytest.mark.parametrize(
    ("texts", "length", "width", "wide", "seed"),
    [(1, 3, 2, 4, 1), (3, 4, 5, 7, 2), (4, 3, 2, 5, 3), (3, 1, 4, 5, 4), (5, 4, 3, 7, 5)],
)
def test_both_layers_and_the_bend_between(texts, length, width, wide, seed):
    rng = np.random.default_rng(seed)
    dy = rng.normal(size=(texts, length, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(texts, length, width)), "x")
        W1 = array(rng.normal(size=(width, wide)) * 0.8, "W1")
        b1 = array(rng.normal(size=wide) * 0.4, "b1")
        W2 = array(rng.normal(size=(wide, width)) * 0.8, "W2")
        b2 = array(rng.normal(size=width) * 0.4, "b2")
        z = label(x @ W1 + b1, "z")
        h = label(0.5 * z * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (z + 0.044715 * z**3))), "h")
        y = label(h @ W2 + b2, "y")
        L = label((y * dy).sum(), "L")
    made = {node.label: node for node in (h, W2, b2, z, W1, b1, x)}
    with by_hand():
        grads = gelu_mlp(*(node.data.copy() for node in (x, W1, z, h, W2)), dy.copy())
    check_names(grads, GRADIENTS, CALL)
    if np.shape(grads.get("z")) == z.shape and np.shape(grads.get("h")) == h.shape:
        t = np.tanh(np.sqrt(2.0 / np.pi) * (z.data + 0.044715 * z.data**3))
        first = 0.5 * (1.0 + t)
        second = 0.5 * z.data * (1.0 - t**2) * np.sqrt(2.0 / np.pi) * (1.0 + 3.0 * 0.044715 * z.data**2)
        for with_h, alone in ((first, second), (second, first)):
            assert not np.allclose(grads["z"], grads["h"] * with_h + alone), (
                f"Called {CALL}. The gradient of h is multiplied into one of the two terms only. Expected into both: "
                "what stands in the brackets?"
            )
    known = []
    if np.shape(grads.get("h")) == h.shape:
        sigmoid = 1.0 / (1.0 + np.exp(-1.702 * z.data))
        slope = sigmoid + 1.702 * z.data * sigmoid * (1.0 - sigmoid)
        words = "that is with the slope of z*sigmoid(1.702*z), a gelu of another formula: which one was it forward?"
        known = [(z, grads["h"] * slope, words)]
    y.grad = dy
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    call = f"{CALL} and filled in what it returned"
    check_gradients(L, nodes=[y, *made.values()], call=call, parts=PARTS, known=known)
