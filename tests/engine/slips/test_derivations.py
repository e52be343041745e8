"""The ways in which a learner may have gone back to a number."""

from __future__ import annotations

import pytest

from handgrad import Comparison, Value, compare, gradients, label, manual
from handgrad.slips.neighborhood import Neighborhood

from .test_neighborhood import numbers


def in_steps(digits: int | None) -> tuple[Value, Comparison]:
    """A squared error, every step of it filled in rightly."""
    with manual():
        x = Value(0.37, "x")
        root = label((x * 1.7 - 0.45) ** 2 / 3.0, "L")
    for node, gradient in gradients(root).items():
        node.grad = gradient if digits is None else round(gradient, digits)
    x.grad = 0.5
    return x, compare(root)


def test_who_rounds_only_what_they_write_down_begins_at_the_true_gradients():
    x, comparison = in_steps(3)
    region = Neighborhood(comparison[x], comparison)
    assert abs(region.recomputed - comparison[x].expected) > 1e-5
    assert region.restore_digits().recomputed == pytest.approx(comparison[x].expected, rel=1e-12)


def test_where_nothing_is_rounded_there_is_no_other_way_to_round():
    x, comparison = in_steps(None)
    assert Neighborhood(comparison[x], comparison).restore_digits() is None


def test_in_one_go_steps_without_a_name_are_passed_over_up_to_the_output():
    x, comparison = in_steps(3)
    region = Neighborhood(comparison[x], comparison)
    assert [node.label for node in region.sources] == [""]
    at_once = region.skip_steps()
    assert [node.label for node in at_once.sources] == ["L"]
    assert at_once.recomputed == pytest.approx(comparison[x].expected, rel=1e-12)


def test_in_one_go_nothing_is_passed_over_that_has_a_name_or_is_wrong():
    x, comparison = numbers()
    assert Neighborhood(comparison[x], comparison).skip_steps() is None
