"""Batch norm in one go: two things that must sum to 0, and then every gradient."""

import numpy as np
import pytest
from batchnorm_one_go import batchnorm_one_go

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "batchnorm_one_go(raw, inv, gain, dout)"


def nodes(name, array):
    """An array of leaves, labelled name[row][column]."""
    made = np.empty(array.shape, dtype=object)
    for place, number in np.ndenumerate(array):
        made[place] = Value(number, name + "".join(f"[{i}]" for i in place))
    return made


def numbers(array):
    return np.array([node.data for node in array.ravel()]).reshape(array.shape)


def check_the_sums(dx, raw):
    """What must hold before any reference is asked."""
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


@pytest.mark.parametrize(("n", "width", "seed"), [(4, 2, 1), (5, 3, 2), (6, 2, 3), (4, 3, 4), (7, 1, 5)])
def test_the_input_has_its_gradient(n, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(n, width)) * 1.3
    with manual():
        x = nodes("x", rng.normal(size=(n, width)) * 1.7)
        gain = nodes("gain", rng.uniform(1.2, 1.8, size=(1, width)))
        bias = nodes("bias", rng.uniform(0.2, 0.8, size=(1, width)))
        mean = x.sum(0, keepdims=True) / n
        diff = x - mean
        inv = ((diff**2).sum(0, keepdims=True) / (n - 1) + 1e-5) ** -0.5
        raw = diff * inv
        out = gain * raw + bias
        L = (out * dout).sum()
    for name, array in (("mean", mean), ("diff", diff), ("inv", inv), ("raw", raw), ("out", out)):
        for place, node in np.ndenumerate(array):
            node.label = name + "".join(f"[{i}]" for i in place)
    L.label = "L"
    with by_hand():
        dx = batchnorm_one_go(numbers(raw), numbers(inv), numbers(gain), dout.copy())
    if dx is not None:
        assert np.shape(dx) == x.shape, (
            f"Called {CALL}. It returned something of shape {np.shape(dx)}. Expected {x.shape}: a gradient has the "
            "shape of its array."
        )
        check_the_sums(np.asarray(dx), numbers(raw))
        for node, gradient in zip(x.ravel(), np.ravel(dx)):
            node.grad = float(gradient)
    check_gradients(L, nodes=x.ravel(), call=CALL)
