"""What is said of an edge: in the learner's names, with numbers that add up."""

import re

import pytest

from handgrad import Value, label, manual, op
from handgrad.names import Names
from handgrad.viz.sheet.words import Words
from tests.graphs import random_graph

from ..graphs import lecture
from .asking import ask, sheet_of


def test_a_step_is_told_with_names_and_numbers():
    step = ask(sheet_of(lecture()), "steps")["steps"][0]
    assert step["say"] == "d gets L.grad \u00d7 dL/dd = 1 \u00d7 f = -2."
    assert (step["rule"], step["plugged"]) == ("dL/dd = f", "dL/dd = -2")
    assert (step["local"], step["upstream"], step["contribution"], step["sum"]) == (-2.0, 1.0, -2.0, -2.0)


def test_at_a_fan_out_the_running_sum_is_told():
    with manual():
        a = Value(3.0, "a")
        L = a * a
    L.label = "L"
    first, second = ask(sheet_of(L), "steps")["steps"]
    assert first["say"].endswith("a is used 2 times, this is the first: the sum so far is 3.")
    assert second["say"].endswith("Use 2 of 2: 3 + 3 = 6, which is the whole sum.")


@pytest.mark.parametrize("seed", range(12))
def test_a_sum_is_shown_in_numbers_that_add_up(seed):
    for step in ask(sheet_of(random_graph(seed, leaves=2, steps=8)), "steps")["steps"]:
        found = re.search(r"Use \d+ of \d+: (\S+) \+ \(?([^\s)]+)\)? = (\S+),", step["say"])
        if found:
            before, added, total = map(float, found.groups())
            assert before + added == pytest.approx(total, rel=1e-5, abs=1e-12)


def rules(make):
    """What is said of a node's edges: as a rule, with numbers, and as a whole line, each by its operand."""
    with manual():
        y = label(make(Value(0.5, "a"), Value(0.25, "b")), "y")
    words = Words(y, Names(y))
    return [
        (words.rule(y, place), words.plug_in(y, place), words.rule_line(y, place)) for place in range(len(y.operands))
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda a, b: a * b, [("b", "0.25", "dy/da = b"), ("a", "0.5", "dy/db = a")]),
        (lambda a, b: a - b, [("1", "1", "dy/da = 1"), ("-1", "-1", "dy/db = -1")]),
        (lambda a, b: a / b, [("1/b", "1/0.25", "dy/da = 1/b"), ("-a/b^2", "-0.5/0.25^2", "dy/db = -a/b^2")]),
        (lambda a, b: a.tanh(), [("1 - tanh(a)^2", "1 - tanh(0.5)^2", "dy/da = 1 - tanh(a)^2")]),
        (
            lambda a, b: (a + b) * b,
            [("b", "0.25", "dy/d(a + b) = b"), ("a + b", "0.75", "dy/db = a + b")],
        ),
        (
            lambda a, b: a**b,
            [
                ("b*a^(b-1)", "0.25*0.5^(0.25-1)", "dy/da = b*a^(b-1)"),
                ("y*log(a)", "0.840896*log(0.5)", "dy/db = y*log(a)"),
            ],
        ),
    ],
)
def test_a_local_derivative_is_a_rule_in_the_operands_names(make, said):
    assert rules(make) == said


@pytest.mark.parametrize(
    ("exponent", "said"),
    [(2, "2*a"), (3, "3*a^2"), (0.5, "0.5*a^(-0.5)"), (-1, "-1*a^(-2)"), (1.0, "1"), (0.0, "0"), (2.5, "2.5*a^1.5")],
)
def test_a_power_with_a_number_for_its_exponent_is_worked_out(exponent, said):
    assert rules(lambda a, b: a**exponent)[0][0] == said


def test_an_operation_that_states_no_rule_has_no_line():
    cube = op("cube", lambda x: x**3, lambda x, y: (3 * x**2,))
    assert rules(lambda a, b: cube(a)) == [("", "", "")]


def test_a_rule_that_is_too_long_to_read_is_left_out():
    name = "a_very_long_name_for_an_activation"
    assert rules(lambda a, b: Value(0.5, "activation").tanh())[0][0] == "1 - tanh(activation)^2"
    with manual():
        y = Value(0.5, name) ** Value(2.0, name)
    assert Words(y, Names(y)).rule(y, 0) == ""


def test_a_rule_with_more_to_work_out_than_a_name_stands_in_the_sentence_as_its_number():
    with manual():
        a = Value(0.5, "a")
        L = label(label(a.tanh(), "t") * -3.0, "L")
    first, second = ask(sheet_of(L), "steps")["steps"]
    assert first["say"] == "t gets L.grad \u00d7 dL/dt = 1 \u00d7 (-3) = -3."
    assert second["say"] == "a gets t.grad \u00d7 dt/da = -3 \u00d7 0.786448 = -2.35934."
    assert second["plugged"] == "dt/da = 1 - tanh(0.5)^2 = 0.786448"


def test_the_uses_in_the_middle_of_a_sum_say_that_there_is_more_to_come():
    with manual():
        a = Value(1 / 3, "a")
        L = label(a * 0.1 + a * 0.2 + a.exp(), "L")
    uses = [step["say"] for step in ask(sheet_of(L), "steps")["steps"] if step["operand"] == "a"]
    assert uses[0].endswith("a is used 3 times, this is the first: the sum so far is 1.39561.")
    assert uses[1].endswith("Use 2 of 3: 1.39561 + 0.2 = 1.59561, so far.")
    assert uses[2].endswith("Use 3 of 3: 1.59561 + 0.1 = 1.69561, which is the whole sum.")


def test_a_question_names_the_edge_and_the_upstream_gradient_once_that_is_told():
    sheet = sheet_of(lecture())
    assert ask(sheet, "ask", step=0)["message"] == "What does d get from L, where L.grad = 1?"
    assert ask(sheet, "ask", step=2)["message"] == "What does e get from d?"
    ask(sheet, "show", step=0)
    assert ask(sheet, "ask", step=2)["message"] == "What does e get from d, where d.grad = -2?"


def test_a_question_at_a_fan_out_says_which_use_it_is():
    with manual():
        a = Value(3.0, "a")
        L = label(a * a, "L")
    assert ask(sheet_of(L), "ask", step=1)["message"] == "What does a get from L (use 2 of 2), where L.grad = 1?"


def test_the_pass_starts_at_the_root():
    start = ask(sheet_of(lecture()), "steps")["start"]
    assert (start["operand"], start["sum"], start["shown"]["sum"]) == ("L", 1.0, "1")
    assert start["say"] == "Start: L.grad = dL/dL = 1."
