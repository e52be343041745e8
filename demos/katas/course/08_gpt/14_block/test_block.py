"""A block: the learner's arrays, put into the same block made of nodes."""

import numpy as np
import pytest
from block import block

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

PARTS = (
    ("z", "W2", "h", "W1"),
    ("m", "y"),
    ("Wo", "merged", "v"),
    ("weights", "q", "k"),
    ("Wv", "Wk", "Wq"),
    ("a", "x"),
)
GRADIENTS = tuple(name for part in PARTS for name in part)
CALL = "block(params, forward, dout)"


def rmsnorm(x, name):
    inv = label(((x**2).mean(1, keepdims=True) + 1e-5) ** -0.5, f"inv_{name}")
    return label(x * inv, name), inv


def network(x, heads, Wq, Wk, Wv, Wo, W1, W2):
    """The output, and every array between the parameters and it, as nodes."""
    length, width = x.shape
    a, inv_a = rmsnorm(x, "a")
    q, k, v = (
        label((a @ W).reshape(length, heads, width // heads).transpose(1, 0, 2), name)
        for name, W in (("q", Wq), ("k", Wk), ("v", Wv))
    )
    scores = q @ k.swapaxes(1, 2) / np.sqrt(width // heads)
    exps = np.exp(np.where(np.tri(length, dtype=bool), scores, -np.inf))
    weights = label(exps / exps.sum(2, keepdims=True), "weights")
    merged = label((weights @ v).transpose(1, 0, 2).reshape(length, width), "merged")
    y = label(x + merged @ Wo, "y")
    m, inv_m = rmsnorm(y, "m")
    h = label(m @ W1, "h")
    z = label(np.maximum(h, 0.0), "z")
    out = label(y + z @ W2, "out")
    return out, {node.label: node for node in (x, a, inv_a, q, k, v, weights, merged, y, m, inv_m, h, z)}


@pytest.mark.parametrize(
    ("length", "heads", "width", "wide", "seed"),
    [(4, 2, 6, 5, 1), (2, 1, 3, 4, 2), (3, 2, 4, 6, 3), (3, 3, 6, 8, 4), (4, 2, 4, 4, 5)],
)
def test_every_array_of_the_block(length, heads, width, wide, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(length, width))
    shapes = dict.fromkeys(("Wq", "Wk", "Wv", "Wo"), (width, width)) | {"W1": (width, wide), "W2": (wide, width)}
    with manual():
        x = array(rng.normal(size=(length, width)) * 1.5, "x")
        params = {name: array(rng.normal(size=shape) * 0.7, name) for name, shape in shapes.items()}
        out, made = network(x, heads, **params)
        L = label((out * dout).sum(), "L")
    with by_hand():
        grads = block(
            {name: node.data.copy() for name, node in params.items()},
            {name: node.data.copy() for name, node in made.items()},
            dout.copy(),
        )
    check_names(grads, GRADIENTS, CALL)
    made.update(params)
    out.grad = dout
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    asked = [out, *(made[name] for name in GRADIENTS)]
    check_gradients(L, nodes=asked, call=f"{CALL} and filled in what it returned", parts=PARTS)
