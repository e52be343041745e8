"""Batch norm in closed form: two things that must sum to 0, and then every gradient."""

import numpy as np
import pytest
from batchnorm_one_go import batchnorm_one_go

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "batchnorm_one_go(raw, inv, gain, dout)"


def check_the_sums(dx, raw):
    """What must hold whatever the numbers."""
    if np.shape(dx) != raw.shape:
        return
    dx = np.asarray(dx)
    for j in range(raw.shape[1]):
        size = np.abs(dx[:, j]).sum()
        total, along = dx[:, j].sum(), (dx[:, j] * raw[:, j]).sum()
        assert abs(total) <= 1e-9 * size, (
            f"Called {CALL}. Column {j} of dx sums to {total:.6g}. Expected 0: shift a whole column of x and the mean "
            "takes the shift away, so it cannot move the loss. Look at the path through the mean."
        )
        assert abs(along) <= 1e-3 * size, (
            f"Called {CALL}. Column {j} of dx*raw sums to {along:.6g}. Expected nearly 0: stretch a whole column of x "
            "and the spread takes it away, so it cannot move the loss. Look at the path through the variance, and its "
            "1/(n - 1)."
        )


@pytest.mark.parametrize(("n", "width", "seed"), [(5, 3, 1), (4, 6, 2), (6, 4, 3), (7, 2, 4), (7, 1, 5)])
def test_the_input_has_its_gradient(n, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(n, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(n, width)) * 1.7, "x")
        gain = array(rng.uniform(1.2, 1.8, size=(1, width)), "gain")
        bias = array(rng.uniform(0.2, 0.8, size=(1, width)), "bias")
        diff = label(x - label(x.mean(0, keepdims=True), "mean"), "diff")
        inv = label(((diff**2).sum(0, keepdims=True) / (n - 1) + 1e-5) ** -0.5, "inv")
        raw = label(diff * inv, "raw")
        out = label(gain * raw + bias, "out")
        L = label((out * dout).sum(), "L")
    with by_hand():
        dx = batchnorm_one_go(raw.data.copy(), inv.data.copy(), gain.data.copy(), dout.copy())
    x.grad = dx
    check_gradients(
        L,
        nodes=[x],
        call=f"{CALL} and filled in what it returned",
        properties=lambda: check_the_sums(dx, raw.data),
    )
