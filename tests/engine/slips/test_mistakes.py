"""The usual mistakes with each operation."""

from __future__ import annotations

import math
import re
from dataclasses import astuple

import numpy as np
import pytest

from handgrad import Value, label, op
from handgrad.ops import DIVIDE, MAXIMUM, MINIMUM, MULTIPLY, POWER, SIGMOID, TANH, Op, leaky_relu
from handgrad.slips.mistakes import lost_brackets, mistakes_with
from handgrad.slips.slip import Mistake
from tests.operations import BUILT_IN

from .slipped import slip_after, slip_of


def test_a_gradient_let_through_a_closed_relu_is_a_slip_of_its_rule() -> None:
    assert slip_of(2.7, lambda x, y: x.relu() * 2.7, x=-0.7).kind == "rule"


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_every_operation_lists_at_least_two_usual_slips_that_differ_from_its_rule(operation: Op) -> None:
    assert len(mistakes_with(operation)) >= 2
    inputs = [0.83, 1.37][: len(operation.rule)]
    right = operation.derivatives(*inputs, operation.forward(*inputs))
    if operation.name == "relu":
        inputs = [-0.83]
    for mistake in mistakes_with(operation):
        assert mistake.operand < len(operation.rule)
        assert mistake.question.endswith("?")
        elsewhere = [-x for x in inputs] if operation.name in ("abs", "relu", "leaky_relu") else inputs[::-1]
        wrong = [mistake.local(*at, operation.forward(*at)) for at in (inputs, elsewhere)]
        rights = [operation.derivatives(*at, operation.forward(*at))[mistake.operand] for at in (inputs, elsewhere)]
        assert wrong != rights, mistake.words
    assert len(right) == len(operation.rule)


FUNCTIONS = {
    **{name: getattr(math, name) for name in ("exp", "log", "log1p", "sin", "cos", "tanh", "sqrt", "erf", "pi", "e")},
    "arctan": math.atan,
    "abs": abs,
    "sigmoid": lambda x: 1.0 / (1.0 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0.0 else 0.01 * x,
    "sign": lambda x: math.copysign(1.0, x),
}
"""What a formula in words may call, written again."""


def in_numbers(words: str, **letters: float) -> float:
    """A formula of the table worked out as it is written, ^ for a power."""
    words = re.sub(r" where .*", "", words).replace("|{x}|", "abs({x})").replace("^", "**")
    return eval(words.format(**{letter: letter for letter in letters}), {**FUNCTIONS, **letters})


@pytest.mark.parametrize("point", [(0.83, 1.37), (2.3, 0.6)])
@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_each_mistakes_number_is_what_its_words_say(operation: Op, point: tuple[float, float]) -> None:
    for mistake in mistakes_with(operation):
        inputs = [-x for x in point[:1]] if "< 0" in mistake.words else point[: len(operation.rule)]
        output = operation.forward(*inputs)
        letters = dict(zip("ab", inputs)) if len(inputs) == 2 else {"x": inputs[0]}
        found = mistake.local(*inputs, output)
        if "exchanged" in mistake.words or math.isnan(found):
            continue
        assert found == pytest.approx(in_numbers(mistake.words, **letters, y=output), rel=1e-12), mistake.words


def test_the_sides_of_a_leaky_relu_exchanged_are_the_slope_of_the_other_side() -> None:
    operation = leaky_relu(0.2)
    (exchanged,) = [mistake for mistake in mistakes_with(operation) if "exchanged" in mistake.words]
    assert [exchanged.local(x, operation.forward(x)) for x in (3.0, -3.0)] == [0.2, 1.0]


@pytest.mark.parametrize("operation", [MAXIMUM, MINIMUM], ids=str)
def test_a_mistake_at_a_tie_is_none_elsewhere_and_the_other_way_round(operation: Op) -> None:
    ties = [mistake for mistake in mistakes_with(operation) if "equal here" in mistake.question]
    others = [mistake for mistake in mistakes_with(operation) if mistake not in ties]
    assert len(ties) == 4 <= len(others)
    for mistake in ties:
        assert math.isnan(mistake.local(2.0, 1.0, 2.0))
        assert mistake.local(1.0, 1.0, 1.0) == float(mistake.words)
    for mistake in others:
        assert math.isnan(mistake.local(1.0, 1.0, 1.0))
        assert mistake.local(2.0, 1.0, 2.0) == float(mistake.words.format(a=2.0, b=1.0))
    at = np.array([1.0, 2.0]), np.array([1.0, 1.0]), np.array([1.0, 2.0])
    assert np.isnan(ties[0].local(*at)).tolist() == [False, True]


@pytest.mark.parametrize("operation", [TANH, SIGMOID, POWER, DIVIDE], ids=str)
def test_a_rule_whose_brackets_are_lost_gives_what_python_reads(operation: Op) -> None:
    inputs, upstream = [1.7, 2.3][: len(operation.rule)], 0.6
    node = operation(*map(Value, inputs))
    letters = dict(zip("ab", inputs)) if len(inputs) == 2 else {"x": inputs[0]}
    count = 0
    for place in range(len(inputs)):
        for _, words, contribution, question in map(astuple, lost_brackets(operation, place)):
            number = contribution(*inputs, node.data, upstream)
            written = {words} if "upstream" in words else {f"({words})*g", f"{words}*g", f"g*{words}"}
            read = [in_numbers(each.replace("upstream", "g"), **letters, y=node.data, g=upstream) for each in written]
            assert any(number == pytest.approx(one, rel=1e-12) for one in read), words
            assert question.endswith("?")
            count += 1
    assert count >= 2


def test_of_an_operation_that_is_not_listed_no_brackets_can_be_lost() -> None:
    assert lost_brackets(MULTIPLY, 0) == lost_brackets(TANH, 1) == lost_brackets(None, 0) == []


def test_the_logarithm_of_the_base_for_the_slope_by_an_exponent_is_named() -> None:
    slip = slip_after(lambda n: label(n["a"] ** n["n"] * 1.7, "y"), "n", 1.7 * math.log(2.3), a=2.3, n=1.6)
    assert slip.kind == "rule"
    assert "you used log(a) as the derivative of '**' in a**n: where is the power itself?" in slip.message


def test_an_operation_of_ones_own_may_list_its_slips() -> None:
    cube = op(
        "cube",
        lambda x: x**3,
        lambda x: 3 * x**2,
        slips=[Mistake(0, "3*x", lambda x, y: 3 * x, "which power is left?")],
    )
    slip = slip_of(2.1, lambda x, y: cube(x))
    assert slip.kind == "rule"
    assert slip.message == "x: you used 3*x as the derivative of 'cube' in cube(x): which power is left?"


def test_equal_operands_of_a_maximum_are_asked_about_as_equal() -> None:
    slip = slip_after(lambda n: label(n["a"].maximum(n["b"]) * 1.7, "y"), "a", 1.7, a=1.5, b=1.5)
    assert "a and b are equal here" in slip.message
    slip = slip_after(lambda n: label(n["a"].maximum(n["b"]) * 1.7, "y"), "b", 1.7, a=1.5, b=0.5)
    assert "does the smaller one move the maximum?" in slip.message


@pytest.mark.parametrize(
    ("name", "number", "which"), [("relu", 1.7, "1"), ("__abs__", 1.7, "1"), ("__abs__", -1.7, "-1")]
)
def test_at_a_kink_it_is_the_kink_that_is_named(name: str, number: float, which: str) -> None:
    slip = slip_after(lambda n: label(label(getattr(n["x"], name)(), "h") * 1.7, "y"), "x", number, x=0.0)
    assert f"you used {which} where x = 0 as the derivative of " in slip.message


@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_an_operation_stands_in_quotes_in_every_question(operation: Op) -> None:
    words = "|".join(
        op.name for op in BUILT_IN if op.name.isidentifier() and op.name not in ("maximum", "minimum", "sign")
    )
    bare = re.compile(rf"(?<![\w'])(?:{words})(?![\w'(])")
    for mistake in mistakes_with(operation):
        assert not bare.search(mistake.question), mistake.question


@pytest.mark.parametrize(
    ("build", "wrong", "number", "words"),
    [
        (lambda a, b: a + b, "a", lambda a, b, y: b, "you used b as"),
        (lambda a, b: a + b, "b", lambda a, b, y: b, "you used b as"),
        (lambda a, b: a - b, "b", lambda a, b, y: a, "you used a as"),
        (lambda a, b: a - b, "a", lambda a, b, y: b, "you used b as"),
        (lambda a, b: a + b, "a", lambda a, b, y: a, "you used a as"),
        (lambda a, b: a * b, "b", lambda a, b, y: y, "you used a*b as"),
        (lambda a, b: a / b, "a", lambda a, b, y: b, "you used b as"),
        (lambda a, b: a / b, "b", lambda a, b, y: -y, "you used -a/b as"),
        (lambda a, b: a**b, "a", lambda a, b, y: b * a, "you used b*a as"),
        (lambda a, b: a**b, "b", lambda a, b, y: math.log(a), "you used log(a) as"),
        (lambda a, b: a.logaddexp(b), "a", lambda a, b, y: math.exp(a), "you used exp(a) as"),
        (lambda a, b: a.logaddexp(b), "b", lambda a, b, y: math.exp(b), "you used exp(b) as"),
        (lambda a, b: a.minimum(b), "a", lambda a, b, y: 1.0, "does the larger one move the minimum?"),
        (lambda a, b: a.maximum(b), "a", lambda a, b, y: 0.0, "does the larger one move the maximum?"),
    ],
)
def test_a_mistake_with_one_of_two_operands_is_named_at_that_one(build, wrong, number, words) -> None:
    a, b = 2.3, 1.6
    local = number(a, b, build(Value(a), Value(b)).data)
    slip = slip_after(lambda n: label(build(n["a"], n["b"]), "y") * 1.7, wrong, 1.7 * local, a=a, b=b)
    assert words in slip.message
    assert f"{wrong}: " in slip.message
