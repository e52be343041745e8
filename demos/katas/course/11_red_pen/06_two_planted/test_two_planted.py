"""Three layers on a few examples."""

from itertools import pairwise

import numpy as np
import pytest
from two_planted import two_planted

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "two_planted(X, Y, cache)"
PARAMETERS = ("W3", "b3", "W2", "b2", "W1", "b1")


@pytest.mark.parametrize(
    ("widths", "examples", "seed"), [((6, 7, 9, 1), 8, 1), ((3, 3, 3, 1), 5, 2), ((2, 7, 6, 1), 3, 5)]
)
def test_every_parameter(widths, examples, seed):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(widths[0], examples)), np.arange(examples)[None, :] % 2
    made = {}
    with manual():
        A = X
        for layer, (below, width) in enumerate(pairwise(widths), start=1):
            W = made[f"W{layer}"] = array(rng.normal(size=(width, below)) * 0.9, f"W{layer}")
            b = made[f"b{layer}"] = array(rng.normal(size=(width, 1)) * 0.4, f"b{layer}")
            Z = made[f"Z{layer}"] = label(W @ A + b, f"Z{layer}")
            A = 1.0 / (1.0 + np.exp(-Z)) if layer == 3 else np.maximum(Z, 0.0)
            A = made[f"A{layer}"] = label(A, f"A{layer}")
        L = label((-Y * np.log(A) - (1 - Y) * np.log(1.0 - A)).mean(), "L")
    with by_hand():
        grads = two_planted(X.copy(), Y.copy(), {name: node.data.copy() for name, node in made.items()})
    check_names(grads, PARAMETERS, CALL)
    for name in PARAMETERS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=[made[name] for name in PARAMETERS], call=f"{CALL} and filled in what it returned")
