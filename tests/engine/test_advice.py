"""Python's own errors about an empty grad and a mistaken power, explained where they are met."""

from __future__ import annotations

import pytest

from handgrad import Value, manual
from handgrad.advice import advice


def caught(work):
    with pytest.raises(TypeError) as found:
        work()
    return found.value


def test_adding_to_an_empty_grad_is_told_to_begin_with_an_assignment():
    def work():
        with manual():
            u = Value(2.0, "u")
            u.grad += 3.0

    error = caught(work)
    assert advice(error).startswith("u.grad is still empty, so there is nothing to add to: begin with =")


def test_reading_an_empty_grad_is_told_that_its_consumers_come_first():
    def work():
        with manual():
            a, L = Value(2.0), Value(3.0)
            a.grad = L.grad * 2.0

    assert advice(caught(work)).startswith("L.grad is still empty. Backward starts at the output: what L is used in")


def test_a_caret_for_a_power_is_told_how_python_writes_it():
    b = Value(2.0)
    assert "**" in advice(caught(lambda: b.data ^ 2))


def test_other_errors_are_left_alone():
    assert advice(ValueError("NoneType")) == ""
    assert advice(caught(lambda: None + 1)) == ""
    assert advice(TypeError("never raised: NoneType")) == ""


def test_in_a_manual_block_the_error_itself_says_so():
    def work():
        with manual():
            u = Value(2.0)
            u.grad += 1.0

    notes = getattr(caught(work), "__notes__", ["u.grad is still empty"])
    assert "u.grad is still empty" in notes[0]
