"""What of the comparator needs NumPy is loaded with the first array that is judged, and not before."""

from __future__ import annotations

import subprocess
import sys


def _printed(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_module_is_loaded_with_the_first_of_its_names_that_is_asked_for():
    program = """
import sys
from handgrad.loading import LazyModule
entries = LazyModule("handgrad.verdict", "entries")
print("numpy" in sys.modules, entries.FEWEST, "numpy" in sys.modules)
"""
    assert _printed(program) == ["False", "2", "True"]


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
print("numpy" in sys.modules)
"""
    assert _printed(program) == ["False"]
