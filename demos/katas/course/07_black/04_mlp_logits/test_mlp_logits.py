"""The top of the MLP, on random batches."""

import numpy as np
import pytest
from mlp_logits import mlp_logits

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("logits", "h", "W2", "b2")
CALL = "mlp_logits(h, W2, probs, Y)"


@pytest.mark.parametrize(
    ("batch", "hidden", "letters", "seed"), [(5, 3, 7, 1), (4, 2, 6, 2), (3, 5, 7, 3), (6, 4, 8, 4), (2, 4, 6, 5)]
)
def test_the_logits_and_the_layer_below(batch, hidden, letters, seed):
    rng = np.random.default_rng(seed)
    Y = rng.integers(0, letters, size=batch)
    with manual():
        h = array(np.tanh(rng.normal(size=(batch, hidden))), "h")
        W2 = array(rng.normal(size=(hidden, letters)) * 0.7, "W2")
        b2 = array(rng.normal(size=(1, letters)) * 0.3, "b2")
        logits = label(h @ W2 + b2, "logits")
        exps = np.exp(logits)
        probs = label(exps / exps.sum(1, keepdims=True), "probs")
        L = label(-np.log(probs[range(batch), Y]).mean(), "L")
    made = {node.label: node for node in (logits, h, W2, b2)}
    with by_hand():
        grads = mlp_logits(h.data.copy(), W2.data.copy(), probs.data.copy(), Y.copy())
    check_names(grads, GRADIENTS, CALL)
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[made[name] for name in GRADIENTS], call=f"{CALL} and filled in what it returned")
