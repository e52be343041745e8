"""Two slips in one number are both named."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import label

from .nets import Net, named, normal
from .slipped import slip_after, slip_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (-(1.0 - 0.37**2) * 1.7, "1 - x^2"),
        (-(1.0 - math.tanh(0.37)) * 1.7, "1 - tanh(x)"),
        (-(math.tanh(0.37) ** 2) * 1.7, "tanh(x)^2"),
    ],
)
def test_the_sign_and_another_slip_are_both_said(number, words):
    slip = slip_after(lambda n: label(label(n["x"].tanh(), "t") * 1.7, "y"), "x", number, x=0.37)
    assert slip.kind == "sign"
    assert slip.message.startswith("x: two things at once: the sign is flipped, and ")
    assert words.replace("tanh(x)", "t") in slip.message.replace("tanh(x)", "t")


def test_rounded_numbers_are_not_taken_for_two_slips():
    number = round(-(1.0 - 0.37**2) * 1.7, 2)
    slip = slip_after(lambda n: label(label(n["x"].tanh(), "t") * 1.7, "y"), "x", number, x=0.37)
    assert slip is None or "two things" not in slip.message


def test_a_wrong_rule_at_each_of_two_uses_is_said_of_both():
    x = 0.37
    sigmoid = 1.0 / (1.0 + math.exp(-x))
    number = 1.7 * (1.0 - x**2) + 0.6 * sigmoid
    slip = slip_after(lambda n: label(n["x"].tanh() * 1.7 + n["x"].sigmoid() * 0.6, "y"), "x", number, x=x)
    assert slip.kind == "rule"
    assert slip.message.startswith("x: two things at once: you used a wrong local derivative for ")
    assert "'tanh'" in slip.message
    assert "'sigmoid'" in slip.message


def test_one_wrong_rule_at_both_operands_is_told_once():
    slip = slip_after(lambda n: label(n["a"] * n["a"], "y"), "a", 2.0 * 2.3**2, a=2.3)
    assert (
        slip.message
        == "a: you used a*a as the derivative of '*' in y: what is left of a*a when you take its slope by a?"
    )


def test_two_wrong_rules_of_one_operation_are_not_told_as_those_of_two():
    slip = slip_after(lambda n: label(n["a"] / n["a"] * 1.7, "y"), "a", 1.7 * (2.3 - 1.0), a=2.3)
    assert "for both operands of '/' in a/a you used a wrong local derivative" in slip.message


def test_the_sign_and_another_slip_are_named_to_three_digits():
    slip = slip_of(-3.272, lambda x, y: (x * y) * 3.2716)
    assert slip.message.startswith("x: two things at once: the sign is flipped, and ")
    assert "through unchanged" in slip.message


def test_of_an_array_the_sign_and_a_mean_left_out_are_two_things_at_once():
    net = Net(lambda name, x, c: (name("y", np.tanh(x)) * c).mean(), x=normal(3, 4), c=normal(3, 4, seed=5))
    slip = named(net, {"x": -12.0 * net.true[net.x]}, blank=("y", "c"))
    assert "two things at once: the sign is flipped, and " in slip.message
    assert "the 1/n of 'mean'" in slip.message
