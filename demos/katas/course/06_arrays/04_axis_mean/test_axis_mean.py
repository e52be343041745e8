"""Means of rows, on arrays of several shapes, square ones too."""

import numpy as np
import pytest
from axis_mean import axis_mean

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "axis_mean(x, dm)"


@pytest.mark.parametrize(("n", "width", "seed"), [(3, 5, 1), (4, 6, 2), (5, 3, 3), (6, 2, 4)])
def test_every_entry_gets_its_share_of_its_own_rows_number(n, width, seed):
    rng = np.random.default_rng(seed)
    dm = rng.uniform(0.6, 1.9, size=n) * rng.choice((-1, 1), size=n)
    with manual():
        x = array(rng.normal(size=(n, width)) * 1.7, "x")
        m = label(x.mean(1), "m")
        L = label((m * dm).sum(), "L")
    with by_hand():
        dx = axis_mean(x.data.copy(), dm.copy())
    m.grad, x.grad = dm, dx
    check_gradients(L, nodes=[m, x], call=f"{CALL} and filled in what it returned")
