"""Trees of one to three levels."""

from itertools import pairwise

import numpy as np
import pytest
from wavenet import wavenet

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "wavenet(emb, weights, hidden, dtop)"


@pytest.mark.parametrize(
    ("texts", "length", "widths", "seed"),
    [(2, 2, (2, 3), 1), (1, 4, (2, 3, 2), 2), (3, 8, (1, 2, 3, 2), 3), (2, 4, (3, 2, 4), 4)],
)
def test_every_level_of_the_tree(texts, length, widths, seed):
    rng = np.random.default_rng(seed)
    with manual():
        emb = array(rng.normal(size=(texts, length, widths[0])), "emb")
        h, levels = emb, []
        for level, (below, width) in enumerate(pairwise(widths), start=1):
            W = array(rng.normal(size=(2 * below, width)) * 0.6, f"W{level}")
            b = array(rng.normal(size=width) * 0.3, f"b{level}")
            h = label(np.tanh(h.reshape(texts, h.shape[1] // 2, 2 * below) @ W + b), f"h{level}")
            levels.append({"h": h, "W": W, "b": b})
        dtop = rng.normal(size=h.shape) * 1.3
        L = label((h * dtop).sum(), "L")
    with by_hand():
        grads = wavenet(
            emb.data.copy(),
            [level["W"].data.copy() for level in levels],
            [level["h"].data.copy() for level in levels],
            dtop.copy(),
        )
    check_names(grads, ("h", "W", "b", "emb"), CALL)
    for name in ("h", "W", "b"):
        found = grads.get(name)
        count = len(found) if hasattr(found, "__len__") else "no"
        assert count == len(levels), (
            f"Called {CALL} with {len(levels)} levels. grads['{name}'] has {count} entries. Expected {len(levels)}, "
            "from the lowest level to the last."
        )
        for level, gradient in zip(levels, found):
            level[name].grad = gradient
    emb.grad = grads.get("emb")
    nodes = [node for level in reversed(levels) for node in level.values()]
    check_gradients(L, nodes=[*nodes, emb], call=f"{CALL} and filled in what it returned")
