"""Softmax of each row, on arrays of several shapes, square ones too."""

import numpy as np
import pytest
from softmax_rows import softmax_rows

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "softmax_rows(p, dp)"


def usual(p, dp):
    """What usual mistakes give, each with words."""
    along = (dp * p).sum(1, keepdims=True)
    both = "A difference with p is the rule of softmax and cross-entropy together; this is softmax alone."
    return (
        (dp * (p - along), "p and dp stand in each other's place: which of them is multiplied in, at the end?"),
        (dp - p, f"that is dp - p. {both}"),
        (p - dp, f"that is p - dp. {both}"),
        (p * (dp - p), f"that is p * (dp - p). {both}"),
    )


@pytest.mark.parametrize(("n", "classes", "seed"), [(3, 5, 1), (4, 6, 2), (5, 3, 3), (6, 2, 4)])
def test_every_row_has_its_gradient(n, classes, seed):
    rng = np.random.default_rng(seed)
    dp = rng.normal(size=(n, classes)) * 1.4
    with manual():
        z = array(rng.normal(size=(n, classes)) * 1.2, "z")
        e = np.exp(z)
        p = label(e / e.sum(1, keepdims=True), "p")
        L = label((p * dp).sum(), "L")
    with by_hand():
        dz = softmax_rows(p.data.copy(), dp.copy())
    p.grad, z.grad = dp, dz
    known = [(z, numbers, words) for numbers, words in usual(p.data, dp)]
    check_gradients(L, nodes=[p, z], call=f"{CALL} and filled in what it returned", known=known)
