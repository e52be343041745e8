"""A tiny GPT: the learner's arrays, put into the same network made of nodes."""

import numpy as np
import pytest
from tiny_gpt import tiny_gpt

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

PARTS = (
    ("logits", "out"),
    ("z", "W2", "h", "W1"),
    ("m", "y"),
    ("Wo", "merged", "v"),
    ("weights", "q", "k"),
    ("Wv", "Wk", "Wq"),
    ("a", "x"),
    ("emb", "wpe", "wte"),
)
GRADIENTS = tuple(name for part in PARTS for name in part)
CALL = "tiny_gpt(params, forward, tokens, targets)"


def rmsnorm(x, name):
    inv = label(((x**2).mean(-1, keepdims=True) + 1e-5) ** -0.5, f"inv_{name}")
    return label(x * inv, name), inv


def network(tokens, targets, heads, wte, wpe, Wq, Wk, Wv, Wo, W1, W2):
    """The loss, and every array between the parameters and it, as nodes."""
    length, width = len(tokens), wte.shape[1]
    emb = label(wte[tokens] + wpe[:length], "emb")
    x, inv_x = rmsnorm(emb, "x")
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
    logits = label(out @ wte.T, "logits")
    exps = np.exp(logits)
    probs = label(exps / exps.sum(1, keepdims=True), "probs")
    L = label(-np.log(probs[range(length), targets]).mean(), "L")
    made = (emb, inv_x, x, a, inv_a, q, k, v, weights, merged, y, m, inv_m, h, z, out, logits, probs)
    return L, {node.label: node for node in made}


@pytest.mark.parametrize(
    ("tokens", "targets", "heads", "width", "wide", "seed"),
    [
        ([1, 1, 2, 0, 2], [1, 2, 0, 2, 4], 2, 6, 4, 1),
        ([3, 0, 3], [0, 3, 2], 1, 4, 5, 2),
        ([2, 4, 2, 1, 3], [4, 2, 1, 3, 0], 2, 4, 6, 3),
        ([0, 0, 0], [0, 0, 3], 3, 6, 8, 4),
        ([4, 3, 1, 4, 0], [3, 1, 4, 0, 4], 2, 4, 4, 5),
    ],
)
def test_every_parameter_and_every_station(tokens, targets, heads, width, wide, seed):
    rng = np.random.default_rng(seed)
    shapes = dict.fromkeys(("Wq", "Wk", "Wv", "Wo"), (width, width)) | {"W1": (width, wide), "W2": (wide, width)}
    with manual():
        params = {name: array(rng.normal(size=shape) * 0.7, name) for name, shape in shapes.items()}
        params["wte"] = array(rng.normal(size=(7, width)) * 0.8, "wte")
        params["wpe"] = array(rng.normal(size=(5, width)) * 0.5, "wpe")
        L, made = network(np.array(tokens), targets, heads, **params)
    with by_hand():
        grads = tiny_gpt(
            {name: node.data.copy() for name, node in params.items()},
            {name: node.data.copy() for name, node in made.items()},
            np.array(tokens),
            np.array(targets),
        )
    check_names(grads, GRADIENTS, CALL)
    made.update(params)
    if all(np.shape(grads.get(name)) == made[name].shape for name in ("wte", "logits", "emb")):
        at_the_bottom = np.zeros_like(made["wte"].data)
        np.add.at(at_the_bottom, np.array(targets), grads["emb"])
        at_the_top = np.asarray(grads["logits"]).T @ made["out"].data
        assert not np.allclose(grads["wte"], at_the_top + at_the_bottom) or list(tokens) == list(targets), (
            f"Called {CALL}. In wte the gradients of emb are added to the rows of the targets. Expected to those that "
            "were looked up forward: which index stands in emb?"
        )
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    asked = [made[name] for name in GRADIENTS]
    check_gradients(L, nodes=asked, call=f"{CALL} and filled in what it returned", parts=PARTS)
