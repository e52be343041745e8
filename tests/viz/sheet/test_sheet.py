"""A sheet of its graph: which nodes it asks for, what it starts with, and what it says of itself."""

import pytest

from handgrad import Value, compare, manual, viz
from handgrad.viz.errors import TargetError

from ..graphs import TWO_MISTAKES, lecture, recurrence
from .asking import ask, sheet_of


def test_the_numbers_of_a_comparison_stand_on_its_sheet():
    verdict = ask(sheet_of(compare(lecture(TWO_MISTAKES))), "open")["verdict"]
    assert {name: entry["status"] for name, entry in verdict.items()} == {
        "L": "correct", "d": "wrong", "f": "wrong", "e": "carried", "c": "carried", "a": "carried", "b": "carried",
    }  # fmt: skip
    assert verdict["d"]["text"] == "2"
    assert "wrong sign" in verdict["d"]["slip"]


def test_a_comparison_of_some_nodes_asks_for_these_alone():
    root = lecture()
    sheet = sheet_of(compare(root, nodes=[root, root.operands[0]]))
    assert [node["id"] for node in ask(sheet, "open")["nodes"] if node["is_asked"]] == ["L", "d"]
    assert ask(sheet, "fill", node="a", text="1")["type"] == "error"


def test_a_graph_of_autodiff_starts_empty_and_says_so():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    reply = ask(sheet_of(y), "open")
    assert {entry["status"] for entry in reply["verdict"].values()} == {"missing"}
    assert "manual()" in reply["note"]


def test_of_a_graph_that_is_cut_it_is_said_how_the_rest_is_judged():
    with manual():
        root = recurrence(100)
    note = ask(sheet_of(root), "open")["note"]
    assert (
        note == "Showing 150 of 303 nodes. The others are for a file: NAME.grad = ..., and compare(h100) judges them."
    )


def test_something_else_than_a_graph_is_refused():
    with pytest.raises(TargetError, match="Value or a Comparison"):
        viz.sheet(3.0)


@pytest.mark.parametrize(
    ("mode", "opens"), [("fill", "fill"), ("watch", "watch"), ("predict", "predict"), ("x", "fill")]
)
def test_a_sheet_opens_in_the_mode_asked_for_and_one_that_there_is_not_is_filled_in(mode, opens):
    assert ask(sheet_of(lecture(), mode=mode), "open")["mode"] == opens


def test_the_forward_pass_stands_in_words_a_line_a_node():
    assert sheet_of(lecture()).forward == [
        "a = 2", "b = -3", "e = a \u00d7 b = -6", "c = 10", "d = e + c = 4", "f = -2", "L = d \u00d7 f = -8",
    ]  # fmt: skip


def test_the_example_of_what_may_be_typed_is_in_the_names_on_the_sheet():
    assert "such as L.grad * f, and press Enter" in sheet_of(lecture()).tasks["fill"]
    with manual():
        root = Value(2.0, "a").tanh()
    assert "such as 2 * -3, and press Enter" in sheet_of(root).tasks["fill"]


def test_the_same_graph_has_the_same_key_and_another_one_another():
    other = lecture()
    other.operands[1].label = "g"
    assert sheet_of(lecture()).key == sheet_of(lecture(TWO_MISTAKES)).key != sheet_of(other).key
