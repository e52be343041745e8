"""A bias on batches of several sizes, square ones too."""

import numpy as np
import pytest
from bias import bias

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "bias(dy)"


@pytest.mark.parametrize(("n", "width", "seed"), [(3, 5, 1), (4, 6, 2), (5, 3, 3), (6, 1, 4)])
def test_the_bias_gathers_what_comes_back_from_every_row(n, width, seed):
    rng = np.random.default_rng(seed)
    dy = rng.uniform(0.6, 1.9, size=(n, width)) * rng.choice((-1, 1), size=(n, width))
    with manual():
        x, b = array(rng.normal(size=(n, width)) * 1.3, "x"), array(rng.normal(size=width), "b")
        y = label(x + b, "y")
        L = label((y * dy).sum(), "L")
    with by_hand():
        given = bias(dy.copy())
    assert isinstance(given, tuple), f"Called {CALL}. Expected two arrays: return dx, db."
    y.grad, x.grad, b.grad = dy, *given
    check_gradients(L, nodes=[y, x, b], call=f"{CALL} and filled in what it returned")
