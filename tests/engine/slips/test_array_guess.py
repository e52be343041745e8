"""One hypothesis on a wrong array, and which others would only say the same again."""

from __future__ import annotations

import numpy as np

from handgrad.slips.array_guess import CONSTANT, FACTORS, PATHS, SIGN, Guess

from .nets import Net, named, normal


def test_a_guess_covers_what_is_a_factor_unless_it_says_otherwise():
    assert Guess("sign", np.zeros(2), "").covers == FACTORS
    assert {"factor", "double", "forgot-local", "forgot-upstream"} == FACTORS


def test_what_a_guess_covers_may_be_told_in_more_ways_than_one():
    assert SIGN > FACTORS
    assert PATHS > FACTORS
    assert CONSTANT > FACTORS
    assert "rule" in SIGN & CONSTANT
    assert "sign" in PATHS - SIGN


def test_a_rival_that_only_restates_the_slip_is_named_in_also_and_not_in_the_sentence():
    # 1.0 for -1.0: a sign, and "the upstream gradient is passed on as it is".
    net = Net(lambda name, x, c: (name("y", -x) * c).sum(), x=normal(3, 2), c=normal(3, 2, seed=5))
    slip = named(net, {"x": net.true[net.y]}, blank=("c",))
    assert slip.kind == "sign"
    assert "forgot-local" in slip.also
    assert "more than one mistake" not in slip.message


def test_a_rival_that_is_another_mistake_makes_it_a_question():
    # The transpose of an antisymmetric matrix is the matrix with its sign turned round.
    weights = normal(3, 3)
    net = Net(lambda name, x: (name("y", x * 1.0) * (weights - weights.T)).sum(), x=normal(3, 3, seed=5))
    slip = named(net, {"x": net.true[net.x].T})
    assert (slip.kind, "transposed" in slip.also) == ("sign", True)
    assert slip.message.startswith("x: more than one mistake gives these numbers. Either the size fits, the sign does")
    assert " Or " in slip.message


def test_one_kind_of_mistake_at_either_of_two_uses_alike_is_told_once():
    net = Net(lambda name, x, c: (name("u", x * c) + name("v", x * c)).sum(), x=normal(3, 2), c=normal(3, 2, seed=5))
    slip = named(net, {"x": 3.0 * net.c.data})
    assert {"double", "factor"} <= {slip.kind, *slip.also}
    assert slip.kind not in slip.also
    assert len(set(slip.also)) == len(slip.also)
