"""assert_gradients, for people who test with pytest."""

import pytest

from handgrad.testing import GradientError, assert_gradients

from ..slips.lecture import filled


def test_right_gradients_pass_and_give_the_comparison() -> None:
    assert assert_gradients(filled()["L"]).ok


def test_a_failure_shows_the_table_without_the_answers() -> None:
    nodes = filled(a=-6.0, b=None)
    with pytest.raises(AssertionError) as error:
        assert_gradients(nodes["L"])
    text = str(error.value)
    assert "WRONG" in text
    assert "missing" in text
    assert "expected" not in text
    assert isinstance(error.value, GradientError)
    assert [cause.name for cause in error.value.comparison.causes] == ["a"]


def test_the_options_of_compare_are_passed_on() -> None:
    nodes = filled(a=-6.0)
    assert_gradients(nodes["L"], nodes=[nodes["b"]])
    assert_gradients(filled(a=6.3)["L"], rtol=0.1)
