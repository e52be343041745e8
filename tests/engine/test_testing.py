"""`handgrad.testing`: what a test file imports, and what it has to load for that."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handgrad import testing
from handgrad.adapters.numpy import check
from handgrad.testing import GradientError, assert_gradients

from .slips.lecture import filled


def test_the_module_lists_its_public_names():
    assert testing.assert_backward is check.assert_backward
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


def test_right_gradients_pass_and_give_the_comparison() -> None:
    assert assert_gradients(filled()["L"]).ok


def test_a_failure_shows_the_table_without_the_answers() -> None:
    nodes = filled(a=-6.0, b=None)
    with pytest.raises(AssertionError) as error:
        assert_gradients(nodes["L"])
    text = str(error.value)
    assert "WRONG" in text
    assert "missing" in text
    assert "expected" not in text
    assert isinstance(error.value, GradientError)
    assert [cause.name for cause in error.value.comparison.causes] == ["a"]


def test_the_options_of_compare_are_passed_on() -> None:
    nodes = filled(a=-6.0)
    assert_gradients(nodes["L"], nodes=[nodes["b"]])
    assert_gradients(filled(a=6.3)["L"], rtol=0.1)
