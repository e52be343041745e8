"""Numbers and arrays in one voice."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value
from handgrad.arrays import array
from handgrad.slips.amounts import Arrays, Numbers, amounts_for


def test_nodes_that_hold_one_number_each_are_numbers_whatever_their_shape():
    one, many = array(np.array([[2.0]])), array(np.array([1.0, 2.0]))
    assert amounts_for([Value(1.0), one]) is Numbers
    assert amounts_for([Value(1.0), many]) is Arrays


@pytest.mark.parametrize("thing", [2.5, np.float64(2.5), np.array([[2.5]]), np.array(2.5)])
def test_the_only_entry_of_whatever_it_is_becomes_a_float(thing):
    assert Numbers.of(thing) == 2.5
    assert type(Numbers.of(thing)) in (float, np.float64)


def test_both_say_the_same_of_one_number():
    for off, part in ((3.0, -1.5), (0.0, 2.0), (1.0, 0.0)):
        entry = np.array([off]), np.array([part])
        assert Numbers.ratio(off, part) == Arrays.ratio(*entry)
        assert Numbers.is_anything(off) == Arrays.is_anything(entry[0])
        assert Numbers.distance(off, part) == Arrays.distance(*entry)
        assert Numbers.total(part) == Arrays.total(entry[1])
    assert Numbers.filled(math.nan, 2.0) == Arrays.filled(np.array([math.nan]), 2.0)[0] == 2.0
    assert not Numbers.is_finite(math.inf)
    assert not Arrays.is_finite(np.array([0.0, math.inf]))


def test_a_ratio_that_overflows_is_none():
    assert Numbers.ratio(1e308, 1e-308) is None or math.isinf(Numbers.ratio(1e308, 1e-308))


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
    assert Arrays.row(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), axes, row).tolist() == expected


def test_two_decimals_of_a_number_say_something_from_a_tenth_on():
    assert Numbers.is_of_two_decimals(0.34, 0.3361)
    assert not Numbers.is_of_two_decimals(0.34, 0.3461)
    assert not Numbers.is_of_two_decimals(0.03, 0.0312)


def test_two_decimals_of_many_entries_say_something_where_all_have_them():
    exact = np.array([0.3361, -0.1249, 0.0712, 0.2538])
    assert Arrays.may_be_of_two_decimals(exact.round(2))
    assert Arrays.is_of_two_decimals(exact.round(2), exact)
    assert not Arrays.is_of_two_decimals(exact.round(2), exact + 0.01)
    assert not Arrays.may_be_of_two_decimals(exact.round(3))
    assert not Arrays.may_be_of_two_decimals(exact.round(2)[:2])
