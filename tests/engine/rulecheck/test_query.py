"""A rule asked, whoever wrote it."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from handgrad.rulecheck.query import ask
from handgrad.rulecheck.rule import UPSTREAM, Answer, Rule


def product(*, assigns: bool = False, writes: bool = True) -> Rule:
    """a * b, whose rule writes to the gradients itself: by += or by = for b."""

    def pull(upstream: Any, before: Any) -> Answer:
        a, b = before or (0.0, 0.0)
        return Answer([a + 3.0 * upstream, 2.0 * upstream if assigns else b + 2.0 * upstream], writes=writes)

    return Rule("a*b", [2.0, 3.0], 6.0, pull, names=["a", "b"])


def test_it_is_given_a_random_upstream_gradient_and_what_it_passes_back_is_noted() -> None:
    one, other = (ask(product(), Random(seed)) for seed in (1, 2))
    assert one.upstream != other.upstream
    assert 0.5 <= abs(one.upstream) <= 1.5
    assert one.given == pytest.approx((3.0 * one.upstream, 2.0 * one.upstream))
    assert (one.changed, one.is_coarse) == ((), False)


def test_an_assignment_is_seen_by_what_stood_there_before() -> None:
    assert ask(product(), Random(0)).kept == (True, True)
    assert ask(product(assigns=True), Random(0)).kept == (True, False)


def test_a_rule_that_hands_over_what_is_to_be_added_can_lose_nothing() -> None:
    assert ask(product(assigns=True, writes=False), Random(0)).kept == (True, True)


def test_the_upstream_gradient_has_the_shape_of_the_output() -> None:
    x = np.ones((2, 3))
    told = ask(Rule("2x", [x], 2.0 * x, lambda g, _: Answer([2.0 * g], [UPSTREAM])), Random(0))
    assert told.upstream.shape == (2, 3)
    assert len(set(np.abs(told.upstream).ravel())) == 6
    assert told.changed == (UPSTREAM,)


def test_outside_of_its_domain_nothing_is_asked() -> None:
    with pytest.raises(ValueError, match="domain"):
        ask(Rule("log", [-1.0], float("nan"), lambda g, _: Answer([g])), Random(0))


def test_an_assignment_to_a_part_of_an_array_is_seen_too() -> None:
    """x[0], whose rule writes to one entry of the gradient by =, and leaves the others."""

    def pull(upstream: Any, before: Any) -> Answer:
        found = np.zeros(3) if before is None else np.array(before[0])
        found[0] = upstream
        return Answer([found], writes=True)

    assert ask(Rule("x[0]", [np.array([1.0, 2.0, 3.0])], 1.0, pull), Random(0)).kept == (False,)
