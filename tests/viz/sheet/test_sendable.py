"""Numbers and arrays as JSON can hold them."""

import math

import numpy as np
import pytest

from handgrad.viz.sheet.sendable import MOST_SENT, make_sendable, number


@pytest.mark.parametrize("thing", [math.nan, math.inf, -math.inf, None, "1", 3])
def test_what_is_no_finite_float_is_none(thing):
    assert number(thing) is None


def test_a_finite_number_is_itself():
    assert number(-2.5) == make_sendable(-2.5) == -2.5


def test_an_array_is_nested_lists():
    assert make_sendable(np.array([[1.0, 2.0], [3.0, -4.0]])) == [[1.0, 2.0], [3.0, -4.0]]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_an_array_with_an_entry_that_json_cannot_hold_is_none(odd):
    assert make_sendable(np.array([1.0, odd])) is None


def test_an_array_is_sent_up_to_its_largest_size():
    assert len(make_sendable(np.ones(MOST_SENT))) == MOST_SENT
    assert make_sendable(np.ones(MOST_SENT + 1)) is None
