"""Constant factors on a whole array."""

from __future__ import annotations

import numpy as np

from handgrad import compare, gradients, manual
from handgrad.arrays import array, label


def test_all_of_an_array_off_by_any_one_factor_is_told_and_of_two_entries_it_may_be_chance():
    with manual():
        x = array(np.arange(1.0, 7.0).reshape(2, 3) / 4.0, "x")
        small = array(np.array([0.5, -1.5]), "small")
        loss = label((np.tanh(x) ** 2).sum() + (small**3).sum(), "loss")
    right = gradients(loss)
    x.grad, small.grad = 0.8137 * right[x], 0.8137 * right[small]
    told, silent = (compare(loss, nodes=[node]).causes[0].slip for node in (x, small))
    assert told.kind == "factor"
    assert "all of it is off by one constant factor" in told.message
    assert silent is None
