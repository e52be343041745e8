"""Dropout with masks of every kind: some dropped, none, and whole rows."""

import numpy as np
import pytest
from dropout import dropout

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("kept", "y", "W", "x")


@pytest.mark.parametrize(
    ("length", "width", "p", "seed"), [(2, 3, 0.6, 1), (3, 3, 0.2, 2), (4, 2, 0.5, 3), (3, 4, 0.0, 4), (2, 2, 0.75, 5)]
)
def test_branch_and_stream(length, width, p, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(length, width)) * 1.3
    mask = (rng.random((length, width)) >= p).astype(float)
    mask[0, 0], mask[-1, -1] = (0.0 if p else 1.0), 1.0  # something is dropped, and something kept
    with manual():
        x = array(rng.normal(size=(length, width)), "x")
        W = array(rng.normal(size=(width, width)) * 0.8, "W")
        y = label(x @ W, "y")
        kept = label(y * (mask / (1.0 - p)), "kept")
        out = label(x + kept, "out")
        L = label((out * dout).sum(), "L")
    made = {"kept": kept, "y": y, "W": W, "x": x}
    call = f"dropout(x, W, mask, p={p}, dout)"
    with by_hand():
        grads = dropout(x.data.copy(), W.data.copy(), mask.copy(), p, dout.copy())
    check_names(grads, GRADIENTS, call)
    out.grad = dout
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[out, *made.values()], call=f"{call} and filled in what it returned")
