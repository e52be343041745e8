"""The attention of a block, on random streams: the softmax's part of it is given."""

import numpy as np
import pytest
from block_heads import block_heads

from handgrad import gradients, manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("merged", "v", "a", "x")
CALL = "block_heads(params, forward, dq, dk, dy)"


@pytest.mark.parametrize(
    ("length", "heads", "size", "seed"), [(4, 3, 5, 1), (5, 2, 3, 2), (7, 2, 3, 3), (5, 3, 2, 4), (5, 2, 4, 5)]
)
def test_the_heads_and_the_stream(length, heads, size, seed):
    rng = np.random.default_rng(seed)
    width = heads * size
    dy = rng.normal(size=(length, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(length, width)) * 1.5, "x")
        params = {name: array(rng.normal(size=(width, width)) * 0.6, name) for name in ("Wq", "Wk", "Wv", "Wo")}
        inv = label(((x**2).mean(1, keepdims=True) + 1e-5) ** -0.5, "inv")
        a = label(x * inv, "a")
        q, k, v = (
            label((a @ params[f"W{name}"]).reshape(length, heads, size).transpose(1, 0, 2), name) for name in "qkv"
        )
        scores = q @ k.swapaxes(1, 2) / np.sqrt(size)
        exps = np.exp(np.where(np.tri(length, dtype=bool), scores, -np.inf))
        weights = label(exps / exps.sum(2, keepdims=True), "weights")
        merged = label((weights @ v).transpose(1, 0, 2).reshape(length, width), "merged")
        y = label(x + merged @ params["Wo"], "y")
        L = label((y * dy).sum(), "L")
    truth = gradients(L)
    y.grad, q.grad, k.grad = dy, truth[q], truth[k]
    forward = {node.label: node.data.copy() for node in (a, inv, weights)}
    with by_hand():
        grads = block_heads(
            {name: node.data.copy() for name, node in params.items()}, forward, q.grad.copy(), k.grad.copy(), dy.copy()
        )
    check_names(grads, GRADIENTS, CALL)
    made = {node.label: node for node in (merged, v, a, x)}
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[y, q, k, *made.values()], call=f"{CALL} and filled in what it returned")
