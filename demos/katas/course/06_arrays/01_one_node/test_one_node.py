"""Products of arrays, entry by entry."""

import numpy as np
import pytest
from one_node import one_node

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "one_node(x, w, dy)"


@pytest.mark.parametrize(("n", "width", "seed"), [(3, 5, 1), (5, 3, 2), (1, 4, 3)])
def test_both_factors_have_their_gradients(n, width, seed):
    rng = np.random.default_rng(seed)
    numbers = [rng.uniform(1.3, 2.9, size=(n, width)) * rng.choice((-1, 1), size=(n, width)) for _ in range(3)]
    with manual():
        x, w = array(numbers[0], "x"), array(numbers[1], "w")
        y = label(x * w, "y")
        L = label((y * numbers[2]).sum(), "L")
    with by_hand():
        given = one_node(*(each.copy() for each in numbers))
    assert isinstance(given, tuple), f"Called {CALL}. Expected two arrays: return dx, dw."
    y.grad, x.grad, w.grad = numbers[2], *given
    check_gradients(L, nodes=[y, x, w], call=f"{CALL} and filled in what it returned")
