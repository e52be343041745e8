"""Heads taken apart and put together again, on random numbers."""

import numpy as np
import pytest
from heads import merge, split

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

SIZES = [(5, 2, 3, 1), (3, 2, 1, 2), (4, 3, 2, 3), (7, 2, 4, 4), (2, 3, 5, 5)]


def fill(made, grads, call):
    check_names(grads, made, call)
    for name, node in made.items():
        node.grad = grads.get(name)


@pytest.mark.parametrize(("length", "heads", "width", "seed"), SIZES)
def test_out_of_the_heads(length, heads, width, seed):
    rng = np.random.default_rng(seed)
    C = heads * width
    dy = rng.normal(size=(length, C)) * 1.3
    with manual():
        out = array(rng.normal(size=(heads, length, width)), "out")
        Wo = array(rng.normal(size=(C, C)) * 0.8, "Wo")
        merged = label(out.transpose(1, 0, 2).reshape(length, C), "merged")
        y = label(merged @ Wo, "y")
        L = label((y * dy).sum(), "L")
    call = f"merge(merged, Wo, {heads}, dy)"
    with by_hand():
        grads = merge(merged.data.copy(), Wo.data.copy(), heads, dy.copy())
    made = {"Wo": Wo, "merged": merged, "out": out}
    y.grad = dy
    fill(made, grads, call)
    check_gradients(L, nodes=[y, *made.values()], call=f"{call} and filled in what it returned")


@pytest.mark.parametrize(("length", "heads", "width", "seed"), SIZES)
def test_into_the_heads(length, heads, width, seed):
    rng = np.random.default_rng(seed)
    C = heads * width
    upstream = [rng.normal(size=(heads, length, width)) * size for size in (0.7, 1.1, 1.6)]
    with manual():
        x = array(rng.normal(size=(length, C)), "x")
        W = array(rng.normal(size=(C, 3 * C)) * 0.8, "W")
        qkv = label(x @ W, "qkv")
        thirds = [
            label(qkv[:, i * C : (i + 1) * C].reshape(length, heads, width).transpose(1, 0, 2), name)
            for i, name in enumerate("qkv")
        ]
        q, k, v = thirds
        L = label((q * upstream[0]).sum() + (k * upstream[1]).sum() + (v * upstream[2]).sum(), "L")
    call = "split(x, W, dq, dk, dv)"
    with by_hand():
        grads = split(x.data.copy(), W.data.copy(), *(numbers.copy() for numbers in upstream))
    made = {"qkv": qkv, "x": x, "W": W}
    for node, numbers in zip(thirds, upstream):
        node.grad = numbers
    fill(made, grads, call)
    parts = [numbers.transpose(1, 0, 2).reshape(length, C) for numbers in upstream]
    below = "the thirds lie below each other before they are put into rows: along which axis were they cut apart?"
    known = [(qkv, np.concatenate(some).reshape(length, 3 * C), below) for some in (parts, upstream)]
    known.append(
        (qkv, np.stack(parts, 2).reshape(length, 3 * C), "the columns of the thirds alternate: which C come first?")
    )
    call = f"{call} and filled in what it returned"
    check_gradients(L, nodes=[*thirds, *made.values()], call=call, known=known)
