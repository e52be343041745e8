"""assert_backward, for a test of one's own."""

import subprocess
import sys

import numpy as np
import pytest

from handgrad.testing import GradientError, assert_backward


def forward(x, w):
    return np.tanh(x @ w), (x, w)


def backward(dout, cache):
    x, w = cache
    dz = dout * (1 - np.tanh(x @ w) ** 2)
    return dz @ w.T, x.T @ dz


def wrong(dout, cache):
    x, w = cache
    dz = dout * (1 - np.tanh(x @ w))
    return dz @ w.T, x.T @ dz


INPUTS = tuple(np.random.default_rng(0).normal(size=shape) for shape in ((4, 3), (3, 2)))


def test_a_right_backward_passes():
    assert assert_backward(forward, backward, INPUTS, points=2, seed=3).ok


def test_a_wrong_one_fails_with_the_table_and_the_line():
    with pytest.raises(GradientError, match=r"WRONG") as caught:
        assert_backward(forward, wrong, INPUTS)
    text = str(caught.value)
    line = wrong.__code__.co_firstlineno + 2
    assert f"test_asserting.py:{line}: dz = dout * (1 - np.tanh(x @ w))\n" in text
    assert "where is the square?" in " ".join(text.split())
    assert caught.value.comparison.causes


def test_it_is_loaded_when_it_is_asked_for():
    code = "import sys, handgrad.testing; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
