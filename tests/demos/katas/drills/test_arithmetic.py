"""Safe arithmetic: what is typed stands for a number, or is refused in words."""

import math
import re

import pytest

from handgrad import Value
from handgrad.demos.katas.drills.arithmetic import LONGEST, ExpressionError, evaluate


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3.0),
        ("-2*3", -6.0),
        ("1/4", 0.25),
        (" 1 - 0.5**2 ", 0.75),
        ("2^3", 8.0),
        ("\N{MINUS SIGN}5", -5.0),
        ("(1 + 2) * -(3)", -9.0),
        ("1e-3", 0.001),
        ("exp(1) - tanh(0)", math.e),
        ("sigmoid(-1)", 1 / (1 + math.e)),
        ("+.5", 0.5),
        ("2**-2", 0.25),
        ("1**100 + 1**-100", 2.0),
        ("3".rjust(LONGEST), 3.0),
    ],
)
def test_expression_has_its_number(text, number):
    assert evaluate(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "__import__('os').system('true')",
        "().__class__",
        "9**9**9",
        "9**999",
        "2**101",
        "2**-101",
        "1/0",
        "0**-1",
        "(-8)**0.5",
        "1e999",
        "exp(1000)",
        "log(0)",
        "True",
        "'3'",
        "3j",
        "3 if 1 else 2",
        "3,5",
        "[3]",
        "exp(1, 2)",
        "sine(1)",
        "exp(x=1)",
        "1 < 2",
        "",
        "1;2",
        "(" * 150,
        "-" * 190 + "1" + "9" * 50,
        "lambda: 3",
        "3//2",
        "nan",
        "\x00",
    ],
)
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(ExpressionError, match="Type a number or a sum"):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3 apples ", "'3 apples' is no number."),
        ("log(0)", "'log(0)' is no number."),
        ("a + 1", "Only numbers and + - * / ** are understood."),
        ("3,5", "Decimals have a point, not a comma."),
        ("1/0", "That divides by 0."),
        ("1e999", "That is too large."),
        ("exp(1000)", "That is too large."),
        ("2**101", "The exponent is above 100."),
        ("3".rjust(LONGEST + 1), "That is too long."),
    ],
)
def test_the_refusal_says_what_is_wrong_and_then_what_to_type(text, problem):
    with pytest.raises(ExpressionError) as refused:
        evaluate(text)
    assert refused.value.problem == problem
    assert str(refused.value).startswith(f"{problem} Type a number or a sum, such as 3,")


def test_names_stand_for_numbers_and_for_gradients_that_are_there():
    a, L = Value(3.0, "a"), Value(5.0, "L")
    L.grad = 2.0
    names = {"a": a, "L": L, "w[0]": a}
    assert [evaluate(text, names) for text in ("L.grad*a", "a.data + 1", "-w[0]", "exp(0)*L.grad")] == [6, 4, -3, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [("a.grad*2", "The gradient of a is not there yet."), ("q + 1", "There is no q here."), ("a.grads", "no a.grads")],
)
def test_a_name_that_stands_for_nothing_is_told(text, said):
    a = Value(3.0, "a")
    a.grad = None
    with pytest.raises(ExpressionError, match=re.escape(said)):
        evaluate(text, {"a": a})
