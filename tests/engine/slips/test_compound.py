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
    assert slip.message.startswith("x: two mistakes at once would give this: the sign is flipped, and ")
    assert words.replace("tanh(x)", "t") in slip.message.replace("tanh(x)", "t")


def test_rounded_numbers_are_not_taken_for_two_slips():
    number = round(-(1.0 - 0.37**2) * 1.7, 2)
    slip = slip_after(lambda n: label(label(n["x"].tanh(), "t") * 1.7, "y"), "x", number, x=0.37)
    assert slip is None or "two mistakes at once" not in slip.message


def test_the_sign_and_another_slip_are_named_of_a_rounded_number():
    slip = slip_of(-3.2716, lambda x, y: (x * y) * 3.27158)
    assert slip.message.startswith("x: two mistakes at once would give this: the sign is flipped, and ")
    assert "through unchanged" in slip.message


def test_of_an_array_the_sign_and_a_mean_left_out_are_two_things_at_once():
    net = Net(lambda name, x, c: (name("y", np.tanh(x)) * c).mean(), x=normal(3, 4), c=normal(3, 4, seed=5))
    slip = named(net, {"x": -12.0 * net.true[net.x]}, blank=("y", "c"))
    assert "two mistakes at once would give this: the sign is flipped, and " in slip.message
    assert "the local derivative of 'mean'" in slip.message


def test_of_an_array_of_many_entries_the_sign_and_another_slip_are_both_said():
    net = Net(lambda name, x, w: (name("h", np.tanh(x @ w)) ** 2).sum(), x=normal(9, 6), w=normal(6, 20, seed=1))
    slip = named(net, {"w": -net.x.data.T @ net.true[net.h]})
    assert "two mistakes at once would give this: the sign is flipped, and " in slip.message
    assert "the local derivative of 'tanh' in h" in slip.message
