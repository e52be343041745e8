"""Dropout with masks of every kind: some dropped, none, and whole rows."""

import numpy as np
import pytest
from dropout import dropout

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("kept", "y", "W", "x")


def check_the_mask(dy, mask, p, dout, call):
    """What was dropped passes nothing back, and what was kept passes back its factor."""
    if np.shape(dy) != mask.shape:
        return
    dy = np.asarray(dy)
    for i, j in np.argwhere(mask == 0.0):
        assert dy[i, j] == 0.0, (
            f"Called {call}. The gradient of y at [{i}, {j}] is {dy[i, j]:.6g}. Expected 0: mask[{i}, {j}] is 0, so y "
            "was dropped there in the forward pass, and cannot move the loss. Is it that mask, and no other?"
        )
    for i, j in np.argwhere(mask == 1.0):
        assert dy[i, j] != 0.0 or dout[i, j] == 0.0, (
            f"Called {call}. The gradient of y at [{i}, {j}] is 0. Expected another number: mask[{i}, {j}] is 1, so y "
            "was kept there in the forward pass. Is it that mask, and no other?"
        )
    assert not p or not np.allclose(dy, dout * mask * (1.0 - p)), (
        f"Called {call}. What was kept is multiplied by 1 - p on the way back. Expected what it is multiplied by on "
        "the way forward: does the forward pass multiply by 1 - p, or divide?"
    )


@pytest.mark.parametrize(
    ("length", "width", "p", "seed"),
    [(3, 5, 0.62, 1), (5, 3, 0.22, 2), (4, 2, 0.3, 3), (4, 6, 0.0, 4), (2, 6, 0.75, 5)],
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
    check_gradients(
        L,
        nodes=[out, *made.values()],
        call=f"{call} and filled in what it returned",
        properties=lambda: check_the_mask(grads.get("y"), mask, p, dout, call),
    )
