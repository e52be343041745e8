"""What of the comparator needs NumPy is loaded with the first array that is judged, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest


def _printed(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_module_is_loaded_with_the_first_of_its_names_that_is_asked_for():
    program = """
import sys

import pytest
from handgrad.loading import LazyModule
entries = LazyModule("handgrad.verdict", "entries")
print("numpy" in sys.modules, entries.FEWEST, "numpy" in sys.modules)
"""
    assert _printed(program) == ["False", "2", "True"]


def test_who_only_looks_at_a_module_that_may_be_loaded_loads_nothing():
    program = """
import sys

from handgrad.loading import LazyModule
entries = LazyModule("handgrad.verdict", "entries")
print(hasattr(entries, "__wrapped__"), "handgrad.verdict.entries" in sys.modules)
"""
    assert _printed(program) == ["False", "False"]


def test_numbers_are_judged_diagnosed_measured_and_shown_without_numpy():
    program = """
import sys

import pytest
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


@pytest.mark.rest
def test_an_engine_of_numbers_is_probed_without_arrays():
    program = """
import sys

import pytest
from handgrad import probe
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self._prev, self._backward = data, 0.0, parents, lambda: None
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += other.data * out.grad
        out._backward = _backward
        return out
    def backward(self):
        self.grad = 1.0
        self._backward()
def build():
    out = Value(2.0) * Value(3.0)
    out.backward()
    return out
print(len(probe(build).causes), "handgrad.arrays" in sys.modules)
"""
    assert _printed(program) == ["1", "False"]


@pytest.mark.rest
def test_a_quick_check_loads_nothing_that_searches(tmp_path):
    (tmp_path / "mine.py").write_text("def forward(x):\n    return x @ x\n\ndef backward(x):\n    return {'x': x}\n")
    program = f"""
import sys
import numpy as np
from handgrad import check_backward
sys.path.insert(0, {str(tmp_path)!r})
from mine import backward, forward
for quick in (True, False):
    found = check_backward(forward, backward, {{"x": np.array([0.5, 1.5])}}, quick=quick)
    print(found.ok, "handgrad.repair.search" in sys.modules)
"""
    assert _printed(program) == ["False", "False", "False", "True"]
