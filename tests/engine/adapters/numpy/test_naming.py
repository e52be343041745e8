"""Whose gradient a name says it is."""

import pytest

from handgrad.adapters.numpy.gradients import is_upstream, key, match_name
from handgrad.repair.source import whose


@pytest.mark.parametrize("name", ["dW", "d_W", "dL_dW", "dLdW", "grad_W", "W_grad", "delta_W", "W_delta", "W_bar"])
def test_a_name_before_or_after_says_whose_gradient_it_is(name):
    assert "W" in whose(name)


def test_an_entry_of_a_list_is_that_of_the_other_list():
    assert "weights[2]" in whose("dweights[2]")


@pytest.mark.parametrize("name", ["x", "W", "out", "hidden"])
def test_a_plain_name_says_nothing(name):
    assert whose(name) == ()


def test_the_exact_name_is_taken_before_one_that_differs_in_case():
    assert match_name("dw", ["W", "w"]) == "w"
    assert match_name("dw", ["W"]) == "W"
    assert match_name("d_hidden_1", ["hidden1"]) == "hidden1"
    assert match_name("W", ["W"]) is None
    assert match_name("W", ["W"], plain=True) == "W"


@pytest.mark.parametrize(("name", "expected"), [("dout", True), ("grad_y", True), ("cache", False), ("data", False)])
def test_a_parameter_is_for_what_arrives_or_for_what_was_kept(name, expected):
    assert is_upstream(name) is expected


def test_cases_and_underscores_apart_two_names_are_one():
    assert key("d_Hidden_1") == key("dhidden1")
    assert key("dh") != key("dh1")


def test_a_delta_is_no_gradient_of_an_elta():
    assert whose("delta") == ()
    assert whose("delta_in") == ("in",)
