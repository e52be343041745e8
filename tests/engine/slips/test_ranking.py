"""Where more than one mistake gives the numbers: which is told, and when it is asked which of two it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from handgrad import Value, compare, gradients, manual
from handgrad.slips.search import LAST, LIKELY, OF_ONE_NUMBER, SUBSUMED, load
from tests.graphs import fill_right

from .nets import Net, named, normal
from .slipped import slip_of


@pytest.mark.parametrize("data", [1.0, 2.0, 0.0])
def test_data_that_make_slips_coincide_give_no_confident_sentence(data: float) -> None:
    with manual():
        x, y = Value(data, "x"), Value(data, "y")
        h = x * y
        root = h * 1.0 + 0.0 * y
        h.label = "h"
    for wrong in (0.0, 1.0, 2.0, -1.0, -2.0, 4.0):
        fill_right(root, gradients(root))
        x.grad = wrong
        slip = compare(root)[x].slip
        if slip is not None and set(slip.also) - {"factor", "double"}:
            assert "more than one mistake gives this number. Either" in slip.message


def test_a_lost_minus_is_not_told_twice() -> None:
    with manual():
        x, y = Value(1.3, "x"), Value(2.9, "y")
        root = (x + -y) * 1.7
    fill_right(root, gradients(root))
    y.grad = 1.7
    slip = compare(root)[y].slip
    assert (slip.kind, "rule" in slip.also) == ("sign", True)
    assert "more than one mistake" not in slip.message


def rivals_of(grad: float, build: Callable[[Value, Value], Value], **leaves: float) -> tuple[str, set[str], bool]:
    """The slip's kind, the other kinds, and whether the sentence asks which of two it is."""
    slip = slip_of(grad, build, **leaves)
    return slip.kind, set(slip.also), "more than one mistake gives this number. Either" in slip.message


def test_two_mistakes_that_give_one_number_make_a_question() -> None:
    # The derivative by y is 3, times 3; that by x is 9, without its upstream gradient.
    kind, also, is_asked = rivals_of(9.0, lambda x, y: (x * y) * 3.0, x=3.0, y=9.0)
    assert (kind, "forgot-upstream" in also, is_asked) == ("swapped", True, True)


def test_a_factor_that_only_restates_a_mistake_is_no_rival() -> None:
    kind, also, is_asked = rivals_of(2.7, lambda x, y: (x * 2.0) * 2.7)
    assert (kind, "factor" in also, is_asked) == ("forgot-local", True, False)


def test_counted_twice_is_no_rival_either() -> None:
    kind, also, is_asked = rivals_of(4.0, lambda x, y: x * 2.0, x=3.0)
    assert kind == "double"
    assert ("factor" in also, is_asked) == (True, False)


def test_a_derivative_of_1_by_the_other_operand_is_the_upstream_gradient_passed_on() -> None:
    kind, also, is_asked = rivals_of(2.7, lambda x, y: (x * y) * 2.7, x=1.0, y=7.3)
    assert (kind, "forgot-local" in also, is_asked) == ("swapped", True, False)


def test_a_wrong_rule_that_is_the_sign_turned_round_is_the_sign() -> None:
    kind, also, is_asked = rivals_of(-1.7, lambda x, y: abs(x) * 1.7, x=3.0)
    assert (kind, "rule" in also, is_asked) == ("sign", True, False)


def test_a_0_is_what_belongs_to_the_other_operand_before_it_is_a_rule_with_the_result_in_it() -> None:
    kind, also, is_asked = rivals_of(0.0, lambda x, y: (x * y) * 1.7, x=0.0)
    assert (kind, {"rule", "missing-path"} <= also, is_asked) == ("swapped", True, True)


def test_a_number_that_is_twice_the_right_one_besides_is_no_rival() -> None:
    kind, also, is_asked = rivals_of(3.0 * 1.7, lambda x, y: (x * y) * 1.7, x=3.0, y=1.5)
    assert (kind, "double" in also, is_asked) == ("swapped", True, False)


def test_one_kind_of_mistake_at_either_of_two_uses_alike_is_told_once() -> None:
    slip = slip_of(3.0 * 2.3, lambda x, y: x * 2.3 + x * 2.3)
    assert slip.kind == "double"
    assert "double" not in slip.also
    assert len(set(slip.also)) == len(slip.also)


def test_every_kind_restates_what_is_a_factor_alone():
    assert {"factor", "double"} == OF_ONE_NUMBER
    assert all(covered >= {"factor", "double", "forgot-local", "forgot-upstream"} for covered in SUBSUMED.values())
    assert "rule" in SUBSUMED["sign"] & SUBSUMED["factor"]
    assert "sign" in SUBSUMED["missing-path"] - SUBSUMED["sign"]


def test_each_family_of_the_order_of_belief_can_be_loaded_and_none_stands_there_twice():
    families = [*LIKELY, *LAST]
    assert len({family[:2] for family in families}) == len(families)
    for family in families:
        assert callable(load(family.module, family.name)), family


def test_a_rival_that_only_restates_the_slip_is_named_in_also_and_not_in_the_sentence():
    # 1.0 for -1.0: a sign, and "the upstream gradient through unchanged".
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
    assert slip.message.startswith("x: more than one mistake gives these numbers. Either right magnitude, wrong sign")
    assert " Or " in slip.message


def test_one_kind_of_mistake_at_either_of_two_uses_of_arrays_is_told_once():
    net = Net(lambda name, x, c: (name("u", x * c) + name("v", x * c)).sum(), x=normal(3, 2), c=normal(3, 2, seed=5))
    slip = named(net, {"x": 3.0 * net.c.data})
    assert "double" in {slip.kind, *slip.also}
    assert slip.kind not in slip.also
    assert len(set(slip.also)) == len(slip.also)
