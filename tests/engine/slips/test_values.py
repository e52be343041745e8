"""Numbers and arrays in one voice."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value
from handgrad.arrays import array
from handgrad.slips.values import ArrayOps, ScalarOps, arithmetic_for


def test_nodes_that_hold_one_number_each_are_numbers_whatever_their_shape():
    one, many = array(np.array([[2.0]])), array(np.array([1.0, 2.0]))
    assert arithmetic_for([Value(1.0), one]) is ScalarOps
    assert arithmetic_for([Value(1.0), many]) is ArrayOps


@pytest.mark.parametrize("thing", [2.5, np.float64(2.5), np.array([[2.5]]), np.array(2.5)])
def test_the_only_entry_of_whatever_it_is_becomes_a_float(thing):
    assert ScalarOps.of(thing) == 2.5
    assert type(ScalarOps.of(thing)) in (float, np.float64)


def test_both_say_the_same_of_one_number():
    for off, part in ((3.0, -1.5), (0.0, 2.0), (1.0, 0.0)):
        entry = np.array([off]), np.array([part])
        assert ScalarOps.ratio(off, part) == ArrayOps.ratio(*entry)
        assert ScalarOps.is_anything(off) == ArrayOps.is_anything(entry[0])
        assert ScalarOps.distance(off, part) == ArrayOps.distance(*entry)
        assert ScalarOps.total(part) == ArrayOps.total(entry[1])
    assert ScalarOps.filled(math.nan, 2.0) == ArrayOps.filled(np.array([math.nan]), 2.0)[0] == 2.0
    assert not ScalarOps.is_finite(math.inf)
    assert not ArrayOps.is_finite(np.array([0.0, math.inf]))


def test_a_ratio_that_overflows_is_none():
    assert ScalarOps.ratio(1e308, 1e-308) is None or math.isinf(ScalarOps.ratio(1e308, 1e-308))


@pytest.mark.parametrize(
    ("axes", "row", "expected"),
    [
        ((0,), 1, [[0, 0, 0], [4, 5, 6]]),
        ((1,), -1, [[0, 0, 3], [0, 0, 6]]),
        ((0, 1), 0, [[1, 0, 0], [0, 0, 0]]),
        ((), 0, [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_one_row_along_some_axes_is_kept_and_the_rest_is_zero(axes, row, expected):
    assert ArrayOps.row(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), axes, row).tolist() == expected


def test_two_decimals_of_a_number_say_something_from_a_tenth_on():
    assert ScalarOps.is_of_two_decimals(0.34, 0.3361)
    assert not ScalarOps.is_of_two_decimals(0.34, 0.3461)
    assert not ScalarOps.is_of_two_decimals(0.03, 0.0312)


def test_two_decimals_of_many_entries_say_something_where_all_have_them():
    exact = np.array([0.3361, -0.1249, 0.0712, 0.2538])
    assert ArrayOps.may_be_of_two_decimals(exact.round(2))
    assert ArrayOps.is_of_two_decimals(exact.round(2), exact)
    assert not ArrayOps.is_of_two_decimals(exact.round(2), exact + 0.01)
    assert not ArrayOps.may_be_of_two_decimals(exact.round(3))
    assert not ArrayOps.may_be_of_two_decimals(exact.round(2)[:2])
