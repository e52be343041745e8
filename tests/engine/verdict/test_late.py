"""What of the comparator needs NumPy is loaded with the first array that is judged, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handgrad.verdict import late

ROOMS = {"entries": "verdict", "array_result": "verdict"}


@pytest.mark.parametrize(("name", "room"), ROOMS.items())
def test_each_is_the_module_of_its_name(name, room):
    module = getattr(late, name)()
    assert module.__name__ == f"handgrad.{room}.{name}"
    assert getattr(late, name)() is module


def test_numbers_are_judged_diagnosed_measured_and_shown_without_numpy():
    program = """
import sys
from handgrad import Value, compare, gradcheck, manual, numeric_gradients
with manual():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    L = a * b
L.grad, a.grad, b.grad = 1.0, 3.0, 2.37
comparison = compare(L, reference=numeric_gradients(L))
assert [cause.slip and cause.slip.kind for cause in comparison.causes] == [None, "sign"]
assert "WRONG" in str(comparison) and gradcheck(L).ok
assert "numpy" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
