"""A rule that can be asked alone."""

from __future__ import annotations

from handgrad.rulecheck.rule import Rule, findings


def quotient(factor: float = 1.0) -> Rule:
    return Rule(
        "a/b",
        [2.0, 5.0],
        0.4,
        lambda g: [g / 5.0, -factor * g * 2.0 / 25.0],
        lambda inputs: inputs[0] / inputs[1],
    )


def test_its_forward_is_a_function_of_each_input_the_others_as_they_are() -> None:
    assert quotient().vary_input(0)(10.0) == 2.0
    assert quotient().vary_input(1)(4.0) == 0.5


def test_what_it_passes_back_is_held_against_the_slopes_of_its_forward() -> None:
    assert [one.is_wrong for one in findings(quotient())] == [False, False]
    wrong = findings(quotient(2.0))
    assert [one.is_wrong for one in wrong] == [False, True]
    assert (wrong[1].by_rule, round(wrong[1].measured, 6)) == (-0.16, -0.08)
