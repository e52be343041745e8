"""One input of one operation: is its rule what central differences measure?"""

from __future__ import annotations

import math

import pytest

from handgrad.rulecheck.rule import Finding, difference, measure


@pytest.mark.parametrize(
    ("along", "x", "rule"),
    [
        (math.sin, 0.3, math.cos(0.3)),
        (math.exp, 20.0, math.exp(20.0)),
        (lambda x: x**3, 1e-3, 3e-6),
        (lambda x: 1e8 + x, 2.0, 1.0),  # the plain difference drowns
        (math.cos, 0.0, 0.0),
        (math.log, 1e-6, 1e6),
    ],
)
def test_a_right_rule_is_right_and_smooth(along, x, rule):
    finding = measure(1, along, x, rule)
    assert (finding.place, finding.by_rule, finding.is_wrong, finding.is_smooth) == (1, rule, False, True)
    assert finding.measured == pytest.approx(rule, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("factor", [-1.0, 0.5, 1.001, 1.0 + 1e-5, 0.0])
def test_a_rule_that_is_a_little_off_is_wrong(factor):
    finding = measure(0, math.exp, 0.7, factor * math.exp(0.7))
    assert (finding.is_wrong, finding.is_smooth) == (True, True)
    assert finding.measured == pytest.approx(math.exp(0.7), rel=1e-9)


@pytest.mark.parametrize(
    ("along", "x", "rule"),
    [(abs, 0.0, 1.0), (lambda x: max(x, 0.0), 0.0, 0.0), (math.sqrt, 0.0, 1.0), (math.sqrt, -1.0, 1.0)],
)
def test_at_a_kink_or_outside_of_the_domain_a_rule_is_neither_right_nor_wrong(along, x, rule):
    finding = measure(0, along, x, rule)
    assert (finding.is_wrong, finding.is_smooth) == (False, False)


def test_no_rule_where_there_is_a_slope_is_wrong():
    assert measure(0, math.exp, 0.0, math.nan).is_wrong


def test_the_worst_of_several_is_the_wrong_one_then_the_kink_then_the_one_furthest_off():
    wrong = Finding(0, 1.0, 2.0, True, True)
    kink = Finding(1, 1.0, 9.0, False, False)
    near, far = Finding(2, 1.0, 1.0 + 1e-9, False, True), Finding(3, 1.0, 1.0 + 1e-8, False, True)
    by_size = Finding(4, 1001.0, 1000.0, False, True)
    large = Finding(5, 1e9 + 0.1, 1e9, False, True)
    ranked = sorted([large, near, kink, far, wrong, by_size], key=lambda f: f.badness, reverse=True)
    assert [f.place for f in ranked] == [0, 1, 4, 3, 2, 5]
    assert Finding(0, 0.5, 0.0, False, True).badness == (False, False, 0.5)


def test_a_plain_difference_steps_by_a_share_of_where_it_stands():
    seen = []

    def f(x):
        seen.append(x)
        return 3.0 * x

    assert difference(f, 1e6) == pytest.approx(3.0)
    assert seen == pytest.approx([1e6 + 6.0, 1e6 - 6.0])
    seen.clear()
    difference(f, 0.0)
    assert seen == pytest.approx([6e-6, -6e-6])
    assert math.isnan(difference(math.log, 0.0))
