"""Formulas as MathML."""

import re
import xml.etree.ElementTree as ET

import pytest

from handgrad.viz.sheet.mathml import formula


def read(text):
    """The formula read aloud: a fraction as (above over below), a power as base^exponent."""

    def told(element):
        parts = [told(inner) for inner in element]
        if element.tag == "mfrac":
            return f"({parts[0]} over {parts[1]})"
        if element.tag == "msup":
            return f"{parts[0]}^{parts[1]}"
        return (element.text or "") + "".join(parts)

    return told(ET.fromstring(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dL/dd = f", "(dL over dd)=f"),
        ("dt/da = 1 - tanh(0.5)^2 = 0.786", "(dt over da)=1\u2212tanh(0.5)^2=0.786"),
        ("d(a*b)/da = b", "(d(a\u22c5b) over da)=b"),
        ("dL/dp[i] = 2*(p[i] - t[i])/n", "(dL over dp[i])=(2\u22c5(p[i]\u2212t[i]) over n)"),
        ("y = x**-0.5", "y=x^\u22120.5"),
        ("dW = X^T @ dy", "dW=X^T@dy"),
        ("a - (b - c)", "a\u2212(b\u2212c)"),
        ("(a + b)*c", "(a+b)\u22c5c"),
        ("(a*b)^2", "(a\u22c5b)^2"),
        ("L.grad * (-2)", "L.grad\u22c5(\u22122)"),
        ("1.0*(x > 0)", "1.0\u22c5(x>0)"),
        ("a + ... + b", "a+\u2026+b"),
    ],
)
def test_a_formula_is_set_as_one_reads_it(text, said):
    assert read(formula(text)) == said


@pytest.mark.parametrize(
    "text", ["two words", "", "x if y else z", "f(*x)", "(" * 400, "a" * 301, "lambda: 0", "'text'"]
)
def test_what_is_no_formula_is_none(text):
    assert formula(text) == ""


def test_names_of_any_kind_stand_there_as_text():
    assert "<b>" not in formula("x['<b>'] = 2")
    assert re.fullmatch(r"<math display=\"block\">.*</math>", formula("a = b", is_block=True))
