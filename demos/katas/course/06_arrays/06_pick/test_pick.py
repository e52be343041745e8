"""Picks from rows, some at the same column."""

import numpy as np
import pytest
from pick import pick

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "pick(p, y, dpicked)"


@pytest.mark.parametrize(("y", "classes", "seed"), [([2, 0], 3, 1), ([1, 1, 3], 4, 2), ([0, 2, 1], 3, 3)])
def test_every_number_goes_back_to_where_it_was_picked(y, classes, seed):
    rng = np.random.default_rng(seed)
    dpicked = rng.uniform(0.6, 1.9, size=len(y)) * rng.choice((-1, 1), size=len(y))
    with manual():
        p = array(rng.uniform(0.1, 0.9, size=(len(y), classes)), "p")
        picked = label(p[range(len(y)), y], "picked")
        L = label((picked * dpicked).sum(), "L")
    with by_hand():
        dp = pick(p.data.copy(), np.array(y), dpicked.copy())
    picked.grad, p.grad = dpicked, dp
    check_gradients(L, nodes=[picked, p], call=f"{CALL} and filled in what it returned")
