"""`handgrad.testing`: what a test file imports, and what it has to load for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handgrad import testing
from handgrad.adapters.numpy import asserting
from handgrad.verdict import testing as room


def test_each_public_name_is_the_rooms_own():
    assert testing.assert_gradients is room.assert_gradients
    assert testing.GradientError is room.GradientError
    assert testing.assert_backward is asserting.assert_backward
    assert set(testing.__all__) == {"GradientError", "assert_backward", "assert_gradients"}


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'handgrad\.testing' has no attribute 'assert_grads'"):
        _ = testing.assert_grads


def test_graphs_of_numbers_are_asserted_without_numpy():
    program = (
        "import sys\nfrom handgrad import Value\nfrom handgrad.testing import assert_gradients\n"
        "x = Value(2.0)\ny = x * x\ny.backward()\nassert assert_gradients(y).ok\nassert 'numpy' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
