"""Small batches: tokens that repeat, rows that nobody picks, positions that no text reaches."""

import numpy as np
import pytest
from tied_embeddings import tied_embeddings

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("h", "x", "wpe", "wte")
CALL = "tied_embeddings(wte, wpe, tokens, h, dlogits)"


@pytest.mark.parametrize(
    ("tokens", "sizes", "seed"),
    [
        ([[1, 1, 1], [1, 1, 1]], (7, 4, 5), 1),
        ([[0, 2], [2, 3]], (5, 3, 4), 2),
        ([[4, 4, 1], [1, 0, 1]], (7, 3, 4), 3),
        ([[2, 3], [3, 3], [0, 2]], (5, 4, 7), 4),
        ([[2, 1, 2]], (4, 5, 2), 5),
    ],
)
def test_both_tables_and_what_lies_between(tokens, sizes, seed):
    rng = np.random.default_rng(seed)
    tokens, (V, P, C) = np.array(tokens), sizes
    dlogits = rng.normal(size=(*tokens.shape, V)) * 1.3
    with manual():
        wte = array(rng.normal(size=(V, C)) * 0.8, "wte")
        wpe = array(rng.normal(size=(P, C)) * 0.6, "wpe")
        x = label(wte[tokens] + wpe[: tokens.shape[1]], "x")
        h = label(np.tanh(x), "h")
        logits = label(h @ wte.T, "logits")
        L = label((logits * dlogits).sum(), "L")
    made = {node.label: node for node in (h, x, wpe, wte)}
    with by_hand():
        grads = tied_embeddings(wte.data.copy(), wpe.data.copy(), tokens.copy(), h.data.copy(), dlogits.copy())
    check_names(grads, GRADIENTS, CALL)
    logits.grad = dlogits
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[logits, *made.values()], call=f"{CALL} and filled in what it returned")
