"""The MLP of a block, on random streams."""

import numpy as np
import pytest
from block_mlp import block_mlp

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("z", "h", "m", "y")
CALL = "block_mlp(m, inv, W1, h, W2, dout)"


@pytest.mark.parametrize(
    ("length", "width", "wide", "seed"), [(4, 3, 6, 1), (3, 5, 4, 2), (2, 4, 7, 3), (5, 3, 8, 4), (3, 2, 5, 5)]
)
def test_the_mlp_and_the_stream(length, width, wide, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(length, width)) * 1.3
    with manual():
        y = array(rng.normal(size=(length, width)) * 1.5, "y")
        W1 = array(rng.normal(size=(width, wide)) * 0.7, "W1")
        W2 = array(rng.normal(size=(wide, width)) * 0.7, "W2")
        inv = label(((y**2).mean(1, keepdims=True) + 1e-5) ** -0.5, "inv")
        m = label(y * inv, "m")
        h = label(m @ W1, "h")
        z = label(np.maximum(h, 0.0), "z")
        out = label(y + z @ W2, "out")
        L = label((out * dout).sum(), "L")
    made = {node.label: node for node in (z, h, m, y)}
    with by_hand():
        grads = block_mlp(*(node.data.copy() for node in (m, inv, W1, h, W2)), dout.copy())
    check_names(grads, GRADIENTS, CALL)
    out.grad = dout
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[out, *made.values()], call=f"{CALL} and filled in what it returned")
