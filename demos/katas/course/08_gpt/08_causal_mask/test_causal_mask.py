"""Causal attention on random queries, keys and values."""

import numpy as np
import pytest
from causal_mask import causal_mask

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

PARTS = (
    ("v", "weights"),
    ("masked", "scaled", "scores"),
    ("q", "k"),
)
GRADIENTS = tuple(name for part in PARTS for name in part)
CALL = "causal_mask(q, k, v, weights, dout)"


def check_what_is_hidden(grads, upstream):
    """Where a score was hidden nothing moves out, though a gradient does arrive at the weight, 0 as it is."""
    grads = {name: np.asarray(gradient) for name, gradient in grads.items() if gradient is not None}
    hidden = np.argwhere(~np.tri(len(upstream), dtype=bool))
    for name in ("masked", "scaled"):
        found = grads.get(name)
        for i, j in hidden if np.shape(found) == upstream.shape else ():
            assert found[i][j] == 0.0, (
                f"Called {CALL}. The gradient of {name} at [{i}, {j}] is {found[i][j]:.6g}. Expected 0: position {i} "
                f"does not see position {j}, which comes later, so nothing there moves out."
            )
    masked, scaled = grads.get("masked"), grads.get("scaled")
    for i, j in np.argwhere(np.tri(len(upstream))) if np.shape(masked) == np.shape(scaled) == upstream.shape else ():
        assert scaled[i][j] != 0.0 or masked[i][j] == 0.0, (
            f"Called {CALL}. The gradient of scaled at [{i}, {j}] is 0, that of masked is {masked[i][j]:.6g}. Expected "
            f"it to be passed on: position {i} does see position {j}. Is the mask the right way up?"
        )
    found = grads.get("weights")
    for i, j in hidden if np.shape(found) == upstream.shape else ():
        assert found[i][j] != 0.0 or upstream[i, j] == 0.0, (
            f"Called {CALL}. The gradient of weights at [{i}, {j}] is 0. Expected what out passes to it: that weight "
            "is 0, but moving it would move out. The mask stands before the softmax; what does it hide?"
        )


@pytest.mark.parametrize(("length", "width", "seed"), [(5, 2, 1), (3, 5, 2), (4, 6, 3), (6, 4, 4), (5, 3, 5)])
def test_every_step_of_causal_attention(length, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(length, width)) * 1.3
    with manual():
        q = array(rng.normal(size=(length, width)) * 1.2, "q")
        k = array(rng.normal(size=(length, width)) * 1.2, "k")
        v = array(rng.normal(size=(length, width)) * 1.5, "v")
        scores = label(q @ k.T, "scores")
        scaled = label(scores / np.sqrt(width), "scaled")
        masked = label(np.where(np.tri(length, dtype=bool), scaled, -np.inf), "masked")
        exps = np.exp(masked)
        weights = label(exps / exps.sum(1, keepdims=True), "weights")
        out = label(weights @ v, "out")
        L = label((out * dout).sum(), "L")
    made = {node.label: node for node in (v, weights, masked, scaled, scores, q, k)}
    with by_hand():
        grads = causal_mask(*(node.data.copy() for node in (q, k, v, weights)), dout.copy())
    check_names(grads, GRADIENTS, CALL)
    out.grad = dout
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(
        L,
        nodes=[out, *made.values()],
        call=f"{CALL} and filled in what it returned",
        parts=PARTS,
        properties=lambda: check_what_is_hidden(grads, dout @ v.data.T),
    )
