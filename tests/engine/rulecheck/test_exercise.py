"""A rule that passes on a wrong number, named by the one diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from handgrad.arrays.products import MATMUL
from handgrad.ops import EXP, MULTIPLY
from handgrad.rulecheck.exercise import TrueForward, likeliest, measured_truth, wrong_in
from handgrad.rulecheck.rule import Answer, Rule
from handgrad.rulecheck.slopes import jacobian


def asked(inputs: Sequence[Any], output: Any, pull: Callable[[Any], Sequence[Any]], **more: Any) -> Answer:
    upstream = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(output))[()]
    rule = Rule("out", inputs, output, pull, names=["a", "b"][: len(inputs)], **more)
    return Answer(rule, upstream, pull(upstream))


PRODUCT = TrueForward(MULTIPLY, [0, 1])


def test_of_a_right_rule_nothing_is_wrong() -> None:
    assert wrong_in(asked([2.0, 3.0], 6.0, lambda g: [3.0 * g, 2.0 * g]), PRODUCT) == []


@pytest.mark.parametrize(
    ("by_a", "kind"), [(lambda g: 2.0 * g, "swapped"), (lambda g: -3.0, "forgot-upstream"), (lambda g: 3.0 * g, "sign")]
)
def test_a_wrong_one_is_named_for_the_input_that_it_is_wrong_for(by_a: Any, kind: str) -> None:
    told = asked([2.0, -3.0], -6.0, lambda g: [by_a(g), 2.0 * g])
    (one,) = wrong_in(told, PRODUCT)
    assert (one.which, one.kind) == (0, kind)
    assert one.clause
    assert not one.clause.startswith("a: ")


def test_an_input_in_two_places_gets_both_parts_in_the_first() -> None:
    twice: dict[str, Any] = {"twins": {1: 0}}
    assert wrong_in(asked([3.0, 3.0], 9.0, lambda g: [6.0 * g, None], **twice), PRODUCT) == []
    (one,) = wrong_in(asked([3.0, 3.0], 9.0, lambda g: [3.0 * g, None], **twice), PRODUCT)
    assert (one.which, one.kind) == (0, "missing-path")


def test_of_what_nobody_asks_for_nothing_is_said() -> None:
    told = asked([2.0, 3.0], 6.0, lambda g: [0.0, 2.0 * g], unasked=frozenset([0]))
    assert wrong_in(told, PRODUCT) == []


def test_of_arrays_a_transpose_is_named_by_our_own_operation_and_by_measured_slopes() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    told = asked([x, w], x @ w, lambda g: [g @ w, x.T @ g])
    (one,) = wrong_in(told, TrueForward(MATMUL, [0, 1]))
    assert (one.which, one.kind) == (0, "transposed")
    slopes = [jacobian(lambda v: v @ w, x), jacobian(lambda v: x @ v, w)]
    (one,) = wrong_in(told, measured_truth("product", x @ w, slopes, [x, w]))
    assert one.which == 0


def test_a_gradient_that_was_not_summed_back_to_one_number_is_told_by_its_shape() -> None:
    x, b = np.arange(3.0), 2.0
    truth = measured_truth("+", x + b, [np.eye(3), np.ones((3, 1))], [x, b])
    (one,) = wrong_in(asked([x, b], x + b, lambda g: [g, g]), truth)
    assert (one.which, one.kind, one.also[:1]) == (1, "shape", ("not-summed",))


def test_a_measured_slope_that_is_small_beside_another_has_the_noise_of_that() -> None:
    given = asked([1000.0, 1e-3], 7.0, lambda g: [1000.0 * g, 1e-3 * g])
    assert wrong_in(given, measured_truth("f", 7.0, [1000.0, 1.0005e-3], [1000.0, 1e-3])) == []


@pytest.mark.parametrize(("is_coarse", "wrong"), [(False, [0]), (True, [])])
def test_a_rule_off_by_one_in_a_hundred_is_wrong_unless_it_computes_in_single_precision(
    is_coarse: bool, wrong: list[int]
) -> None:
    told = asked([2.0, 3.0], 6.0, lambda g: [3.03 * g, 2.0 * g])._replace(is_coarse=is_coarse)
    found = wrong_in(told, measured_truth("f", 6.0, [3.0, 2.0], [2.0, 3.0]))
    assert [one.which for one in found] == wrong


def test_the_operation_goes_by_the_name_of_the_rule() -> None:
    (one,) = wrong_in(asked([2.0, 3.0], 6.0, lambda g: [g, 2.0 * g]), PRODUCT)
    assert one.clause.startswith("you passed the upstream gradient of out through unchanged")


def test_the_slip_that_fits_at_most_points_is_the_likeliest() -> None:
    found = []
    for x in (1.5, 0.5, -0.5):
        found += wrong_in(asked([x], float(np.exp(x)), lambda g, x=x: [x * g]), TrueForward(EXP, [0]))
    assert likeliest(found).kind == "rule"
    unnamed = [one._replace(slip=None) for one in found]
    assert likeliest(unnamed) is unnamed[0]
    assert likeliest([unnamed[0], found[1]]) is found[1]
