"""Operations of your own: how they are declared, what they may leave out, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from handgrad import HandgradError, Value, gradients, op
from handgrad.errors import DomainError, RuleError
from handgrad.ops import Op
from handgrad.slips.slip import Mistake


def test_it_is_a_record_of_what_was_declared() -> None:
    slip = Mistake(0, "3*x", lambda x, y: 3.0 * x, "which power is left?")
    cube = op("cube", lambda x: x**3, lambda x, y: 3.0 * x**2, rule="3*x^2", domain="Everywhere.", slips=[slip])
    assert isinstance(cube, Op)
    assert (cube.name, cube.rule, cube.domain, cube.slips) == ("cube", ("3*x^2",), "Everywhere.", (slip,))
    assert op("mix", lambda a, b: a * b, lambda a, b: (b, a), rule=["b", "a"]).rule == ("b", "a")


@pytest.mark.parametrize(
    ("forward", "derivatives", "inputs", "expected"),
    [
        (lambda x: x**2, lambda x: 2.0 * x, (3.0,), [6.0]),  # without the output, and a bare number
        (lambda x: x**2, lambda x, y: [2.0 * y / x], (3.0,), [6.0]),
        (lambda a, b: a * b, lambda a, b: (b, a), (3.0, 5.0), [5.0, 3.0]),
        (lambda a, b: a * b, lambda a, b, y: (y / a, y / b), (3.0, 5.0), [5.0, 3.0]),
        (lambda *x: sum(x), lambda *x_and_y: [x_and_y[-1]] * (len(x_and_y) - 1), (1.0, 2.0, 3.0), [6.0] * 3),
        (math.exp, lambda x, y: y, (0.0,), [1.0]),  # one of Python's own, whose arguments are not told
        (
            max,
            lambda a, b, y: (float(a == y), float(b == y)),
            (1.0, 2.0),
            [0.0, 1.0],
        ),  # nor those of max
        (lambda x, scale=2.0: scale * x, lambda x, y, scale=2.0: scale, (3.0,), [2.0]),
    ],
)
def test_derivatives_take_the_inputs_and_the_output_or_leave_it_out(
    forward: Any, derivatives: Any, inputs: tuple[float, ...], expected: list[float]
) -> None:
    nodes = [Value(x) for x in inputs]
    found = gradients(op("mine", forward, derivatives)(*nodes))
    assert [found[node] for node in nodes] == expected


def test_whole_numbers_from_a_rule_become_floats() -> None:
    x = Value(2.0)
    slope = gradients(op("twice", lambda x: 2 * x, lambda x: 2)(x))[x]
    assert (slope, type(slope)) == (2.0, float)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", abs, abs), r"op: the name must be a non-empty text, not ''\. Write op\('cube', \.\.\.\)\."),
        ((3, abs, abs), "the name must be a non-empty text, not 3"),
        (("f", 3, abs), "op 'f': forward must be a function of the inputs, not 3"),
        (("f", abs, None), "op 'f': derivatives must be a function of the inputs, not None"),
    ],
)
def test_what_cannot_be_declared_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        op(*arguments)


@pytest.mark.parametrize("given", [None, "x", (1.0, 2.0), [None]])
def test_a_rule_that_gives_no_numbers_is_refused_with_the_operations_name(given: object) -> None:
    broken = op("broken", lambda x: x, lambda x: given)
    with pytest.raises(HandgradError, match="op 'broken': derivatives gave"):
        broken(Value(1.0)).backward()


def test_a_count_that_does_not_fit_is_told_with_both_numbers() -> None:
    short = op("short", lambda a, b: a * b, lambda a, b: [b])
    with pytest.raises(RuleError, match="derivatives gave 1 numbers for 2 inputs"):
        short(Value(1.0), Value(2.0)).backward()


def test_where_it_has_no_value_or_no_slope_the_error_says_where_it_is_defined() -> None:
    root = op("root", math.sqrt, lambda x, y: 0.5 / y, domain="root needs 0 or more.")
    with pytest.raises(DomainError, match=r"'root' has no finite value, with x = -1\.0\. root needs 0 or more\."):
        root(Value(-1.0, "x"))
    with pytest.raises(DomainError, match="'root' has no finite derivative"):
        root(Value(0.0, "x")).backward()


def test_a_forward_that_gives_no_number_is_refused() -> None:
    with pytest.raises(HandgradError, match="the forward of words"):
        op("words", lambda x: "two", lambda x: 1.0)(Value(2.0))


def test_a_rule_that_works_on_nodes_is_differentiated_again() -> None:
    cube = op("cube", lambda x: x**3, lambda x, y: 3.0 * x**2)
    x = Value(2.0)
    slope = gradients(cube(x), graph=True)[x]
    assert (slope.data, gradients(slope)[x]) == (12.0, 12.0)
