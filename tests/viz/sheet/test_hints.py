"""What to think of at a node: a level more at a time, and never the number."""

import pytest

from handgrad import Value, label, manual, op
from handgrad.arrays import array
from handgrad.names import Names
from handgrad.viz.sheet.hints import hints
from handgrad.viz.sheet.words import Words

from ..graphs import lecture
from .asking import ask, sheet_of
from .layer import layer


def test_hints_come_a_level_at_a_time_and_stop_at_the_formula():
    sheet = sheet_of(lecture())
    replies = [ask(sheet, "hint", node="d") for _ in range(4)]
    assert [reply["level"] for reply in replies] == [1, 2, 3, 3]
    assert replies[0]["message"].startswith("d is used in L")
    assert replies[2]["message"] == "d.grad = L.grad \u00d7 f"


def test_after_a_wrong_gradient_the_hints_open_with_what_was_found():
    sheet = sheet_of(lecture())
    ask(sheet, "fill", node="L", text="1")
    ask(sheet, "fill", node="d", text="-f")
    slip, hint = ask(sheet, "hint", node="d")["hints"]
    assert slip.startswith("d: right magnitude, wrong sign")
    assert hint.startswith("d is used in L")
    ask(sheet, "fill", node="d", text="f")
    assert ask(sheet, "hint", node="d")["hints"][0].startswith("d is used in L")


def test_the_last_hint_of_an_array_is_what_may_be_typed():
    *_, L = layer()
    sheet = sheet_of(L)
    for name, text in (("L", "1"), ("y", "2*y")):
        ask(sheet, "fill", node=name, text=text)
    told = [ask(sheet, "hint", node="W")["message"] for _ in range(3)]
    assert told[2] == "W.grad = x.T @ y.grad"
    typed = told[2].partition(" = ")[2]
    assert ask(sheet, "fill", node="W", text=typed)["verdict"]["W"]["status"] == "correct"


def all_hints(root, name):
    sheet = sheet_of(root)
    return [ask(sheet, "hint", node=name)["message"] for _ in range(3)]


def test_the_hints_lead_from_the_uses_over_the_rule_to_the_formula():
    assert all_hints(lecture(), "a") == [
        "a is used in e (by '*'). What comes back is the upstream gradient times the local derivative.",
        "The local derivative: de/da = b.",
        "a.grad = e.grad \u00d7 b",
    ]


def test_at_the_root_the_hint_is_what_a_gradient_is():
    first, second, third = all_hints(lecture(), "L")
    assert first == "L is where the pass starts. How much does L change when L changes by 1?"
    assert second == third == "dL/dL is the same for every graph."


def test_of_a_node_used_more_than_once_each_use_passes_something_back():
    with manual():
        a = Value(0.5, "a")
        L = label(label(a.tanh(), "t") + label(a * 3.0, "u"), "L")
    first, second, third = all_hints(L, "a")
    assert "Each of the 2 uses passes something back, and that adds up." in first
    assert second == "The local derivative: du/da = 3.0; dt/da = 1 - tanh(a)^2."
    assert third == "a.grad = u.grad \u00d7 3.0 + t.grad \u00d7 (1 - tanh(a)^2)"


@pytest.mark.parametrize(("uses", "is_cut"), [(6, False), (7, True)])
def test_of_many_uses_three_are_named_and_six_written_out(uses, is_cut):
    with manual():
        w = Value(0.5, "w")
        L = w * 1.5
        for place in range(uses - 1):
            L = L + w * Value(1.0 + place, f"x{place}")
    first, rule, formula = all_hints(label(L, "L"), "w")
    assert first.count("(by '*')") == 3
    assert " and others. What comes back" in first
    assert f"Each of the {uses} uses" in first
    assert rule.count("dw = ") == 6
    assert formula.count(".grad \u00d7") == 6
    assert formula.endswith(" + ...") is is_cut


def test_where_an_operation_states_no_rule_the_hint_is_its_slope():
    cube = op("cube", lambda x: x**3, lambda x, y: (3 * x**2,))
    with manual():
        L = label(cube(Value(0.5, "a")), "L")
    assert all_hints(L, "a")[1:] == [
        "The local derivative: dL/da is the slope of 'cube'.",
        "a.grad = L.grad \u00d7 (dL/da)",
    ]


def test_of_an_array_the_shape_of_its_gradient_is_said():
    assert all_hints(layer()[-1], "W")[0].endswith("The gradient has the shape of W, (4, 2).")


def test_of_a_node_that_nothing_shown_uses_it_is_said():
    with manual():
        a, b = Value(1.0, "a"), Value(2.0, "b")
        L = a + b
    assert hints(a, [], Words(L, Names(L))) == ["Nothing on the graph uses a."]


def test_the_formula_of_an_array_that_a_number_is_made_of_says_where_it_goes():
    with manual():
        L = label(array([1.0, 2.0], "x").sum(), "L")
    assert all_hints(L, "x")[2] == "x.grad = L.grad \u00d7 1, for each entry that it was made from"
