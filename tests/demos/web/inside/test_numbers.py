"""Numbers that JSON cannot hold, on their way through the page and back."""

import json
import math

import pytest

from handgrad.demos.web.inside.numbers import floats, texts


@pytest.mark.parametrize(
    "numbers", [1.5, -math.inf, [1.0, math.inf], [[0.0, -math.inf], [-math.inf, 2.0]], None, []], ids=str
)
def test_what_is_sent_comes_back(numbers):
    there = json.loads(json.dumps(texts(numbers), allow_nan=False))
    assert floats(there) == numbers


def test_no_number_at_all_comes_back_as_one():
    assert math.isnan(floats(json.loads(json.dumps(texts(math.nan), allow_nan=False))))


@pytest.mark.parametrize("thing", [True, "grad", object, {}], ids=repr)
def test_what_is_no_number_is_not_sent(thing):
    assert texts(thing) is None


def test_a_whole_number_of_javascript_is_a_float_again():
    assert isinstance(floats(3), float)
    assert floats("no number") is None
