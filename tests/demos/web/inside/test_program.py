"""A typed program as a graph: parsed, never run."""

import pytest

from handgrad.demos.web.inside.program import MOST_NODES, program


def test_a_program_gives_its_nodes_their_names_and_the_others_a_number():
    made = program("e = a*b\nd = e + c; L = d*f; c = 10")
    assert made.root.label == "L"
    assert made.leaves == {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}
    assert made.root.data == -8.0
    assert program(made.text).text == made.text


@pytest.mark.parametrize(
    ("text", "data"),
    [("tanh(a)*0 + 2^3 * b", -24.0), ("max(a, 5) - min(b, 0)", 8.0), ("abs(-a) / a", 1.0), ("L = -(a - b)", -5.0),
     ("exp(log(a))", 2.0), ("a ** b", 0.125), ("y = relu(a) + x; x = 1.5", 3.5)],
)  # fmt: skip
def test_a_program_is_worked_out_as_python_would(text, data):
    assert program(text).root.data == pytest.approx(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L = a b", "missing"),
        ("L = a.b", "not understood"),
        ("L = __import__('os')", "not understood"),
        ("L = open(a)", "no function open"),
        ("L = [a for a in b]", "not understood"),
        ("x = y; L = x", "no arithmetic"),
        ("L = d*a; d = a + b", "before the line that makes it"),
        ("d = a*b; L = c*f", "does not use"),
        ("L = a*b; L = a + b", "made twice"),
        ("L = a / 0", "denominator"),
        ("L = log(b); b = -1", "log needs"),
        ("L = a**99", "above"),
        ("L = a * (-8)**0.5", "is no number"),
        ("a = 2", "Type an expression to compute"),
        ("L = " + " + ".join(["a"] * (MOST_NODES + 2)), "nodes"),
        ("L = a*b\n" * 100, "longer than"),
    ],
)
def test_what_is_no_program_is_refused_in_words(session, text, words):
    assert words in session.handle({"do": "program", "text": text})["message"]
