"""Attention on random queries, keys and values."""

import numpy as np
import pytest
from attention import attention

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

PARTS = (
    ("v", "weights"),
    ("scores", "q", "k"),
)
GRADIENTS = tuple(name for part in PARTS for name in part)
CALL = "attention(q, k, v, weights, dout)"


def check_the_rows(dscores, shape):
    """What must hold whatever the numbers."""
    for t, row in enumerate(np.asarray(dscores) if np.shape(dscores) == shape else ()):
        assert abs(row.sum()) <= 1e-9 * np.abs(row).sum(), (
            f"Called {CALL}. Row {t} of the gradient of scores sums to {row.sum():.6g}. Expected 0: raise all scores "
            "of a row by the same, and the softmax takes it away. Does each weight depend on the other scores of its "
            "row?"
        )


@pytest.mark.parametrize(
    ("queries", "keys", "width", "seed"), [(4, 6, 2, 1), (5, 3, 7, 2), (1, 4, 6, 3), (6, 4, 2, 4), (7, 5, 3, 5)]
)
def test_values_weights_scores_queries_and_keys(queries, keys, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(queries, width)) * 1.3
    with manual():
        q = array(rng.normal(size=(queries, width)), "q")
        k = array(rng.normal(size=(keys, width)), "k")
        v = array(rng.normal(size=(keys, width)) * 1.5, "v")
        scores = label(q @ k.T, "scores")
        exps = np.exp(scores)
        weights = label(exps / exps.sum(1, keepdims=True), "weights")
        out = label(weights @ v, "out")
        L = label((out * dout).sum(), "L")
    made = {node.label: node for node in (v, weights, scores, q, k)}
    with by_hand():
        grads = attention(*(node.data.copy() for node in (q, k, v, weights)), dout.copy())
    check_names(grads, GRADIENTS, CALL)
    out.grad = dout
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(
        L,
        nodes=[out, *made.values()],
        call=f"{CALL} and filled in what it returned",
        parts=PARTS,
        properties=lambda: check_the_rows(grads.get("scores"), scores.shape),
    )
