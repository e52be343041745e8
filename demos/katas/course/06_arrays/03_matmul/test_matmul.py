"""Products of matrices of several shapes, square ones too."""

import numpy as np
import pytest
from matmul import matmul

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "matmul(x, W, dy)"


@pytest.mark.parametrize(("n", "k", "m", "seed"), [(4, 6, 3, 1), (3, 5, 7, 2), (5, 3, 6, 3)])
def test_both_factors_have_their_gradients(n, k, m, seed):
    rng = np.random.default_rng(seed)
    numbers = [rng.normal(size=shape) * 1.4 for shape in ((n, k), (k, m), (n, m))]
    with manual():
        x, W = array(numbers[0], "x"), array(numbers[1], "W")
        y = label(x @ W, "y")
        L = label((y * numbers[2]).sum(), "L")
    with by_hand():
        given = matmul(*(each.copy() for each in numbers))
    assert isinstance(given, tuple), f"Called {CALL}. Expected two arrays: return dx, dW."
    y.grad, x.grad, W.grad = numbers[2], *given
    check_gradients(L, nodes=[y, x, W], call=f"{CALL} and filled in what it returned")
