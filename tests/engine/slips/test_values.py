"""Numbers and arrays in one voice."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad.slips.candidates import as_float, equal, is_finite, keep_row, ratio


@pytest.mark.parametrize("thing", [2.5, np.float64(2.5), np.array([[2.5]]), np.array(2.5)])
def test_the_only_entry_of_whatever_it_is_becomes_a_float(thing):
    assert as_float(thing) == 2.5
    assert type(as_float(thing)) is float


@pytest.mark.parametrize(("off", "part"), [(3.0, -1.5), (0.0, 2.0), (1.0, 0.0)])
def test_the_same_is_said_of_a_number_and_of_an_array_of_it(off, part):
    entry = np.array([off]), np.array([part])
    assert ratio(off, part) == ratio(*entry)
    assert equal(off, part) == equal(*entry) == equal(off, entry[1])


def test_what_is_nan_or_infinite_is_seen_in_either():
    assert not is_finite(math.inf)
    assert not is_finite(np.array([0.0, math.inf]))


def test_a_ratio_that_overflows_is_none():
    assert ratio(1e308, 1e-308) is None or math.isinf(ratio(1e308, 1e-308))


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
    assert keep_row(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), axes, row).tolist() == expected
