"""The bottom of the MLP, on batches in which letters repeat."""

import numpy as np
import pytest
from mlp_embedding import mlp_embedding

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("W1", "b1", "emb", "C")
CALL = "mlp_embedding(C, X, emb, flat, W1, dhprebn)"


@pytest.mark.parametrize(
    ("batch", "block", "width", "letters", "hidden", "seed"),
    [(4, 2, 3, 7, 5, 1), (5, 3, 2, 8, 4, 2), (7, 2, 3, 5, 4, 3), (3, 4, 2, 6, 5, 4), (5, 2, 4, 7, 3, 5)],
)
def test_the_first_layer_and_the_table(batch, block, width, letters, hidden, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(1, letters, size=(batch, block))
    X[0], X[1, 0] = X[1, 1], X[1, 1]  # some letters repeat
    dhprebn = rng.normal(size=(batch, hidden)) * 1.3
    dhprebn -= dhprebn.mean(0)  # as batch norm passes back
    with manual():
        C = array(rng.normal(size=(letters, width)), "C")
        W1 = array(rng.normal(size=(block * width, hidden)) * 0.6, "W1")
        b1 = array(rng.normal(size=(1, hidden)) * 0.3, "b1")
        emb = label(C[X], "emb")
        flat = label(emb.reshape(batch, -1), "flat")
        hprebn = label(flat @ W1 + b1, "hprebn")
        L = label((hprebn * dhprebn).sum(), "L")
    made = {node.label: node for node in (W1, b1, emb, C)}
    with by_hand():
        grads = mlp_embedding(C.data.copy(), X.copy(), *(node.data.copy() for node in (emb, flat, W1)), dhprebn.copy())
    check_names(grads, GRADIENTS, CALL)
    hprebn.grad = dhprebn
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[hprebn, *made.values()], call=f"{CALL} and filled in what it returned")
