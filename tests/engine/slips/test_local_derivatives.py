"""A wrong local derivative between arrays."""

from __future__ import annotations

import re

import numpy as np
import pytest

from handgrad import label

from .array_exercise import slip_of
from .nets import Net, named, normal
from .slipped import slip_after
from .small_nets import STEPS, by_hand, recurrence


def test_one_rule_that_is_wrong_at_every_step_of_a_recurrence_is_named():
    net = recurrence()
    slip = named(net, {"w": sum(by_hand(net, with_local=False))}, blank=STEPS)
    assert slip.message == "w: you did not multiply by the local derivative of each 'tanh': what is it?"


def test_a_local_derivative_that_is_multiplied_in_twice_is_named(exercise):
    exercise.fill({"hpreact": lambda x, d: (1.0 - x.h**2) ** 2 * d.h})
    slip = slip_of(exercise, "hpreact")
    assert slip.kind == "rule"
    assert slip.message == "hpreact: you multiplied by the local derivative of 'tanh' in h twice."


def test_the_derivative_by_the_other_operand_is_named():
    A, B, C = normal(3, 2), normal(3, 2, seed=4), normal(3, 2, seed=5)
    net = Net(lambda name, a, b, c: (name("u", a * b) * c).sum(), a=A, b=B, c=C)
    slip = named(net, {"a": C * A})
    assert slip.kind == "swapped"
    assert "'*' in u passes to the other operand, b" in slip.message


MASKS = {
    "where": lambda s: np.where(np.tril(np.ones((4, 4))) > 0.0, s, -3.0),
    "tril": np.tril,
    "clip": lambda s: np.clip(s, -0.5, 0.5),
    "*": lambda s: s * (np.tril(np.ones((4, 4))) / 0.7),
}


@pytest.mark.parametrize("op", MASKS)
def test_a_mask_that_is_forgotten_on_the_way_back_is_named(op):
    net = Net(lambda name, s: ((name("m", MASKS[op](s)) + normal(4, 4, seed=6)) ** 2).sum(), s=normal(4, 4))
    slip = net.slip("s", lambda x, d: d.m)
    assert slip.kind == "forgot-local"
    assert (
        slip.message
        == f"s: entries that '{op}' in m masks out still get a gradient: did you apply the mask in the backward pass?"
    )


def test_the_scale_of_a_dropout_that_is_left_out_is_named():
    net = Net(lambda name, s: ((name("m", MASKS["*"](s)) + normal(4, 4, seed=6)) ** 2).sum(), s=normal(4, 4))
    slip = net.slip("s", lambda x, d: np.tril(d.m))
    assert slip.kind == "factor"
    assert "your mask of '*' in m passes the gradient through as it is" in slip.message


def test_a_factor_in_one_part_of_several_is_named_with_the_part():
    def build(name, x, s):
        return (name("y", x / name("inv", s**2)) ** 2).sum() + (name("r", np.tanh(x)) ** 2).sum()

    net = Net(build, x=normal(4, 3), s=2.0 + normal(4, 1, seed=4) ** 2)
    slip = net.slip("x", lambda x, d: d.y + d.r * (1 - x.r**2))
    assert slip.kind == "forgot-local"
    assert re.search(r"'/' in y|comes from y", slip.message)


def test_a_power_that_is_not_lowered_is_not_told_as_a_slope_of_the_sum_below_it():
    V = np.abs(normal(3, 1)) + 0.5
    net = Net(lambda name, var: (name("inv", (var + 1e-5) ** -0.5) * normal(3, 4)).sum(), var=V)
    slip = named(net, {"var": -0.5 * (V + 1e-5) ** -0.5 * net.true[net.inv]})
    assert "as the derivative of '**' in inv: what happens to the exponent?" in slip.message


def test_the_input_for_the_slope_of_a_relu_is_named():
    net = Net(lambda name, x: (name("r", np.maximum(x, 0.0)) * normal(3, 4, seed=6)).sum(), x=normal(3, 4))
    slip = net.slip("x", lambda x, d: x.x * d.r)
    assert "you used x as the derivative of 'maximum' in r: is that the input" in slip.message


def test_a_zero_that_a_wrong_rule_gives_is_told_by_the_rule_alone():
    slip = slip_after(lambda n: label(n["x"].relu() * 1.7, "y"), "x", 0.0, x=2.3)
    assert slip.message.startswith("x: you used 0 where x > 0 as the derivative of 'relu'")
