"""Functions compiled by numba: checked as they are written, and put back."""

from importlib import import_module

import numpy as np
import pytest

from handgrad import check_backward

from ....optional import needs

needs("numba")
pytestmark = pytest.mark.rest
numba = import_module("numba")

RNG = np.random.default_rng(0)
INPUTS = {"x": RNG.normal(size=4), "w": RNG.normal(size=4)}


@numba.njit
def slope(z):
    return 1.0 - np.tanh(z) ** 2


@numba.njit
def forward(x, w):
    total = 0.0
    for i in range(x.shape[0]):
        total += np.tanh(x[i] * w[i])
    return total


@numba.njit
def backward(x, w):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(x.shape[0]):
        dz = slope(x[i] * w[i])
        dx[i] = dz * w[i]
        dw[i] = dz * x[i]
    return dx, dw


@numba.njit
def wrong(x, w):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(x.shape[0]):
        dz = slope(x[i] * w[i])
        dx[i] = dz * w[i]
        dw[i] = dz * w[i]
    return dx, dw


def test_right_code_is_right_with_what_it_calls():
    found = check_backward(forward, backward, INPUTS)
    assert found.ok
    assert not found.remark


def test_the_line_is_found_in_what_was_written():
    found = check_backward(forward, wrong, INPUTS)
    assert [cause.source[2] for cause in found.causes] == ["dw[i] = dz * w[i]"]
    assert "+        dw[i] = dz * x[i]" in found.patch


def test_what_numba_has_made_is_put_back():
    before = slope
    check_backward(forward, wrong, INPUTS, quick=True)
    assert slope is before
    assert globals()["slope"] is before
    assert hasattr(slope, "py_func")
