"""The fixed backward pass on square batches and on others."""

import numpy as np
import pytest
from lost_axis import backward

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "backward(exps, total, dprobs)"
ORDER = ("total", "exps", "diff", "mean", "x")


def check(n, width, seed):
    """Every gradient, in the shape of its array, on n rows of `width`."""
    rng = np.random.default_rng(seed)
    dprobs = rng.normal(size=(n, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(n, width)) * 0.8, "x")
        mean = label(x.sum(0, keepdims=True) / n, "mean")
        diff = label(x - mean, "diff")
        exps = label(np.exp(diff), "exps")
        total = label(exps.sum(1, keepdims=True), "total")
        probs = label(exps / total, "probs")
        L = label((probs * dprobs).sum(), "L")
    made = {"x": x, "mean": mean, "diff": diff, "exps": exps, "total": total}
    with by_hand():
        grads = backward(exps.data.copy(), total.data.copy(), dprobs.copy())
    probs.grad = dprobs
    for name in ORDER:
        made[name].grad = grads.get(name)
    check_gradients(
        L, nodes=[probs, *made.values()], call=f"{CALL} on {n} rows of {width} and filled in what it returned"
    )


@pytest.mark.parametrize(("size", "seed"), [(3, 1), (4, 2), (3, 3)])
def test_a_square_batch(size, seed):
    check(size, size, seed)


@pytest.mark.parametrize(("n", "width", "seed"), [(3, 5, 6), (5, 3, 7), (4, 6, 8)])
def test_batches_that_are_not_square(n, width, seed):
    try:
        check(n, width, seed)
    except ValueError as error:
        check(n, n, seed)  # no shape is in the way there, and the table shows which array it is
        raise AssertionError(
            f"Called {CALL} on {n} rows of {width}. NumPy raised: {error}. Expected every gradient in the shape of "
            "its array: NumPy lines shapes up from the right, so that (n,) goes along the columns."
        ) from error
