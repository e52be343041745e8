"""Trees of one to three levels."""

from itertools import pairwise

import numpy as np
import pytest
from wavenet import wavenet

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names
from handgrad.names import listed

CALL = "wavenet(emb, weights, hidden, dtop)"


def check_a_level(number, below, level):
    """The slope of a level, and which two neighbours it has put together."""
    h, dh = level["h"].data, np.asarray(level["h"].grad)
    assert np.shape(level["b"].grad) != level["b"].shape or not np.allclose(
        level["b"].grad, ((1.0 - h**4) * dh).sum((0, 1))
    ), (
        f"Called {CALL}. In level {number} tanh's slope is 1 - h**4. Expected the square of its output alone: h is "
        "what tanh gave, and is squared once."
    )
    half, da = h.shape[1], (1.0 - h**2) * dh
    apart = np.concatenate([below[:, :half], below[:, half:]], axis=2)
    wrong = apart.reshape(-1, apart.shape[2]).T @ da.reshape(-1, da.shape[2])
    assert half == 1 or np.shape(level["W"].grad) != wrong.shape or not np.allclose(level["W"].grad, wrong), (
        f"Called {CALL}. In level {number} the first half of the text is put beside the second. Expected each place "
        "beside its neighbour: 0 and 1, 2 and 3."
    )


def check_the_order(name, found, shapes, demb):
    """A list goes from the lowest level to the last, and begins with that of the lowest."""
    given = [np.shape(gradient) for gradient in found]
    assert given == shapes or given != shapes[::-1], (
        f"Called {CALL}. grads['{name}'] has the shapes {listed(map(str, given))}. Expected these in reverse: from the "
        "lowest level to the last."
    )
    assert name != "h" or found[0] is None or not np.array_equal(found[0], demb), (
        f"Called {CALL}. grads['h'] begins with what stands under 'emb', too. Expected the gradient of the lowest h "
        "first: emb is what goes into that level, and h what comes out of it."
    )


@pytest.mark.parametrize(
    ("texts", "length", "widths", "seed"),
    [(3, 4, (5, 7, 2), 2), (1, 2, (2, 3), 1), (3, 8, (1, 2, 3, 2), 3), (5, 4, (3, 7, 2), 4)],
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
        check_the_order(name, found, [level[name].shape for level in levels], grads.get("emb"))
        for level, gradient in zip(levels, found):
            level[name].grad = gradient
    under = [emb.data, *(level["h"].data for level in levels)]
    for number, (below, level) in enumerate(zip(under, levels), start=1):
        if np.shape(level["h"].grad) == level["h"].shape:
            check_a_level(number, below, level)
    emb.grad = grads.get("emb")
    nodes = [node for level in reversed(levels) for node in level.values()]
    check_gradients(L, nodes=[*nodes, emb], call=f"{CALL} and filled in what it returned")
