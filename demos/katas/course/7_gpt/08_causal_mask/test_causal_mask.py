"""Causal attention on random queries, keys and values."""

import numpy as np
import pytest
from causal_mask import causal_mask

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("v", "weights", "masked", "scaled", "scores", "q", "k")
CALL = "causal_mask(q, k, v, weights, dout)"


@pytest.mark.parametrize(("length", "width", "seed"), [(3, 2, 1), (3, 4, 2), (4, 3, 3), (2, 2, 4), (4, 4, 5)])
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
    check_gradients(L, nodes=[out, *made.values()], call=f"{CALL} and filled in what it returned")
