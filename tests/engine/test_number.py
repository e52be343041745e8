"""What counts as a number, and how a number is shown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value
from handgrad.errors import NotANumberError, NotFiniteError
from handgrad.number import finite_float, finite_or_none, one_line, show, whole_numbers_of


@pytest.mark.parametrize("thing", [2, 2.0, np.float32(2.0), np.int8(2), np.uint64(2), np.array(2), np.array(2.0)])
def test_every_kind_of_real_number_becomes_a_python_float(thing):
    number = finite_float(thing, "x")
    assert (number, type(number)) == (2.0, float)
    assert finite_or_none(thing) == 2.0


@pytest.mark.parametrize(
    ("thing", "instead"),
    [
        (Value(1.0), "Write its number, v.data or v.grad"),
        (True, "Write 1.0 or 0.0."),
        (np.True_, "Write 1.0 or 0.0."),
        (1j, "Only real numbers have a gradient here."),
        ("1", "Give an int or a float."),
        (None, "Give an int or a float."),
        (np.array([1.0]), "Give an int or a float."),
        (np.array("1"), "Give an int or a float."),
    ],
)
def test_what_is_no_real_number_is_refused_with_what_to_write(thing, instead):
    with pytest.raises(NotANumberError, match=f"^lr: .*{instead}"):
        finite_float(thing, "lr")
    assert finite_or_none(thing) is None


@pytest.mark.parametrize("thing", [math.nan, math.inf, -math.inf, np.float32("inf"), 10**400, -(10**400)])
def test_what_is_not_finite_is_refused(thing):
    with pytest.raises(NotFiniteError, match=r"^lr: (nan|-?inf) is not finite"):
        finite_float(thing, "lr")
    assert finite_or_none(thing) is None


def test_an_int_that_is_too_large_keeps_its_sign_in_the_error():
    with pytest.raises(NotFiniteError) as error:
        finite_float(-(10**400), "x")
    assert error.value.given == -math.inf


@pytest.mark.parametrize(
    ("number", "other", "shown"),
    [
        (None, 1.0, "?"),
        (1.0, None, "1"),
        (-0.0, None, "0"),
        (1.0 / 3.0, None, "0.333333"),
        (1234567.0, None, "1.23457e+06"),
        (4.0000000321, 4.0, "4.00000003"),
        (4.0, 4.0000000321, "4"),
        (4.0, 4.0, "4"),
        (2.0, math.nan, "2"),
        (np.float64(0.5), None, "0.5"),
        (math.nan, None, "nan"),
        ("a text", None, "'a text'"),
        ("x" * 40, None, "'" + "x" * 20 + "..."),
    ],
)
def test_a_number_is_shown_short_and_with_as_many_digits_as_tell_it_from_another(number, other, shown):
    assert show(number, other) == shown


def test_two_neighbouring_floats_are_told_apart():
    one, other = 0.1, math.nextafter(0.1, 1.0)
    assert show(one, other) != show(other, one)


def test_one_line_writes_out_what_would_break_a_line_and_keeps_the_rest():
    assert one_line("a\nb\tc\x00é値") == "a\\nb\\tc\\x00é値"


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (8.0, {8}), (-8.0, {8}), (0.125, {8}), (1.0 / 7.0, {7}), (1.0, {1}), (2.5, set()), (0.3, set()), (0.0, set()),
        (-math.inf, set()), (math.nan, set()), (5e-309, set()), (1e308, {round(1e308)}),
    ],
)  # fmt: skip
def test_a_number_is_a_whole_one_or_one_over_it_or_neither(number, found):
    assert whole_numbers_of(number) == found
