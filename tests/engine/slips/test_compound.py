"""Two slips in one number are both named."""

from __future__ import annotations

import math

import pytest

from handgrad import label

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


def test_the_sign_and_another_slip_are_named_to_three_digits():
    slip = slip_of(-3.272, lambda x, y: (x * y) * 3.2716)
    assert slip.message.startswith("x: two things at once: the sign is flipped, and ")
    assert "through unchanged" in slip.message
