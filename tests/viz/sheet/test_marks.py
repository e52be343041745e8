"""What stands on a sheet: what was typed, the gradients it is, and the verdicts on them."""

import random

import numpy as np
import pytest

from handgrad import compare, gradients
from handgrad.graph import topological_order

from ..graphs import RIGHT, TWO_MISTAKES, lecture
from .asking import ask, in_manual_mode, sheet_of
from .layer import layer


@pytest.mark.drawn(4)
@pytest.mark.parametrize("seed", range(24))
def test_the_verdicts_are_those_of_compare_whatever_is_typed(seed):
    rng = random.Random(seed)
    root = in_manual_mode(seed, leaves=3, steps=rng.randint(2, 14))
    truth, sheet = gradients(root), sheet_of(root)
    for node in ask(sheet, "open")["nodes"]:
        if node["is_asked"] and rng.random() < 0.8:
            number = rng.choice([1.0, 2.5, -0.5, *truth.values()])
            reply = ask(sheet, "fill", node=node["id"], text=repr(number))
    expected = {result.name: result for result in compare(root) if not result.node.is_constant}
    reply = ask(sheet, "check")
    assert {name: entry["status"] for name, entry in reply["verdict"].items()} == {
        name: result.status.value for name, result in expected.items()
    }
    assert {name: entry["slip"] for name, entry in reply["verdict"].items()} == {
        name: result.note or None for name, result in expected.items()
    }


def test_what_is_typed_is_written_into_the_node():
    root = lecture()
    sheet = sheet_of(root)
    ask(sheet, "fill", node="L", text="1")
    ask(sheet, "fill", node="d", text="L.grad * f")
    assert (root.grad, root.operands[0].grad) == (1.0, -2.0)


def test_an_empty_text_takes_the_gradient_out_again():
    root = lecture(RIGHT)
    reply = ask(sheet_of(root), "fill", node="d", text="  ")
    assert root.operands[0].grad is None
    assert reply["verdict"]["d"]["status"] == "missing"


def test_a_typo_leaves_the_gradient_and_says_what_was_not_understood():
    root = lecture(RIGHT)
    reply = ask(sheet_of(root), "fill", node="d", text="L.grad * nothing")
    assert (reply["type"], reply["node"]) == ("typo", "d")
    assert "'nothing'" in reply["message"]
    assert root.operands[0].grad == -2.0


def test_what_a_program_writes_meanwhile_is_seen_by_both_views():
    root = lecture()
    sheet = sheet_of(root)
    version = ask(sheet, "open")["version"]
    assert ask(sheet, "state", version=version, key=ask(sheet, "open")["key"])["type"] == "same"
    root.grad = 1.0
    reply = ask(sheet, "state", version=version, key=sheet.key)
    assert (reply["type"], reply["verdict"]["L"]["text"]) == ("verdict", "1")
    assert reply["version"] > version


def test_no_two_sheets_have_the_same_version():
    first, second = sheet_of(lecture()), sheet_of(lecture())
    assert first.key == second.key
    reply = ask(second, "state", version=ask(first, "open")["version"], key=second.key)
    assert reply["type"] == "verdict"


def test_on_demand_nothing_is_judged_before_check():
    sheet = sheet_of(lecture())
    ask(sheet, "judge", when="on demand")
    reply = ask(sheet, "fill", node="d", text="2")
    assert reply["verdict"]["d"] == {"status": "typed", "text": "2", "slip": None, "grad": 2.0, "state": "2, typed"}
    assert reply["causes"] == []
    assert ask(sheet, "check")["verdict"]["d"]["status"] == "wrong"
    assert ask(sheet, "fill", node="d", text="-2")["verdict"]["d"]["status"] == "typed"


def test_reset_empties_the_sheet_and_the_nodes():
    root = lecture(TWO_MISTAKES)
    reply = ask(sheet_of(root), "reset")
    assert {entry["status"] for entry in reply["verdict"].values()} == {"missing"}
    assert all(node.grad is None for node in topological_order(root))


def test_of_what_a_link_holds_what_is_not_understood_is_left_out():
    reply = ask(sheet_of(lecture()), "restore", texts={"d": "L.grad*f", "L": "7", "e": "1 +", "other": "3", "c": 4})
    assert {name: entry["text"] for name, entry in reply["verdict"].items() if entry["text"]} == {
        "L": "7", "d": "L.grad*f",
    }  # fmt: skip


def test_a_formula_follows_the_gradients_that_it_names():
    root = lecture()
    sheet = sheet_of(root)
    for name, text in (("L", "1"), ("d", "2"), ("e", "d.grad"), ("a", "e.grad * b"), ("c", "2")):
        ask(sheet, "fill", node=name, text=text)
    reply = ask(sheet, "fill", node="d", text="-2")
    statuses = {name: reply["verdict"][name]["status"] for name in "deac"}
    assert statuses == {"d": "correct", "e": "correct", "a": "correct", "c": "wrong"}
    assert reply["verdict"]["a"]["text"] == "e.grad * b"
    reply = ask(sheet, "undo")
    assert (reply["verdict"]["a"]["grad"], reply["verdict"]["a"]["status"]) == (-6.0, "carried")


def test_a_formula_whose_gradient_is_taken_out_keeps_its_number():
    sheet = sheet_of(lecture({"d": -2.0}))
    ask(sheet, "fill", node="e", text="d.grad")
    entry = ask(sheet, "fill", node="d", text="")["verdict"]["e"]
    assert (entry["text"], entry["grad"]) == ("d.grad", -2.0)


def test_all_right_is_said():
    reply = ask(sheet_of(lecture({**RIGHT, "b": None})), "fill", node="b", text="-4")
    assert reply["ok"]
    assert "All 7 gradients are right." in reply["say"]


def test_an_array_is_filled_in_by_an_expression_in_the_names():
    _, W, _, L = layer()
    sheet = sheet_of(L)
    ask(sheet, "fill", node="L", text="1")
    ask(sheet, "fill", node="y", text="2*y")
    reply = ask(sheet, "fill", node="W", text="x.T @ dy")
    assert {reply["verdict"][name]["status"] for name in ("L", "y", "W")} == {"correct"}
    assert np.allclose(W.grad, gradients(L)[W])
    assert reply["verdict"]["W"]["text"] == "x.T @ dy"
    assert "<rect" in reply["verdict"]["W"]["map"]


def test_a_wrong_array_has_the_comparators_slip():
    _, W, _, L = layer()
    sheet = sheet_of(L)
    for name, text in (("L", "1"), ("y", "2*y"), ("W", "-(x.T @ dy)")):
        reply = ask(sheet, "fill", node=name, text=text)
    assert reply["verdict"]["W"]["status"] == "wrong"
    assert reply["verdict"]["W"]["slip"] == compare(L)[W].note


@pytest.mark.parametrize(
    ("grads", "said"),
    [
        ({}, "0 of 7 right, 7 to go."),
        ({"L": 1.0}, "1 of 7 right, 6 to go."),
        ({"L": 1.0, "d": 2.0}, "1 of 7 right, 1 wrong, 5 to go."),
        ({"L": 1.0, "d": 2.0, "e": 2.0}, "1 of 7 right, 1 wrong, 1 only follows from that, 4 to go."),
        (TWO_MISTAKES, "1 of 7 right, 2 wrong, 4 only follow from those."),
    ],
)
def test_the_summary_counts_what_is_right_wrong_carried_and_to_go(grads, said):
    assert sheet_of(lecture(grads)).summary == said


def test_what_is_not_judged_yet_is_counted():
    sheet = sheet_of(lecture())
    ask(sheet, "judge", when="on demand")
    ask(sheet, "fill", node="L", text="1")
    reply = ask(sheet, "fill", node="d", text="2")
    assert reply["summary"] == "0 of 7 right, 2 not judged yet, 5 to go."
    assert reply["say"] == "d: typed. Check judges it."
    assert not reply["ok"]


def test_on_demand_all_right_is_not_said_before_check():
    sheet = sheet_of(lecture({**RIGHT, "b": None}))
    ask(sheet, "judge", when="on demand")
    assert not ask(sheet, "fill", node="b", text="-4")["ok"]
    reply = ask(sheet, "check")
    assert reply["ok"]
    assert reply["judged"] == "on demand"


def test_a_verdict_on_demand_stands_until_its_number_is_another():
    sheet = sheet_of(lecture({"L": 1.0, "d": 2.0}))
    ask(sheet, "judge", when="on demand")
    assert ask(sheet, "check")["causes"] == ["d"]
    reply = ask(sheet, "fill", node="f", text="4")
    assert [reply["verdict"][name]["status"] for name in "Ldf"] == ["correct", "wrong", "typed"]
    assert ask(sheet, "fill", node="d", text="-2")["causes"] == []


def test_judging_at_once_again_judges_all():
    sheet = sheet_of(lecture())
    ask(sheet, "judge", when="on demand")
    ask(sheet, "fill", node="L", text="1")
    reply = ask(sheet, "judge", when="at once")
    assert (reply["verdict"]["L"]["status"], reply["judged"]) == ("correct", "at once")


def test_a_carried_one_is_said_to_fit_its_own_numbers():
    sheet = sheet_of(lecture({"L": 1.0, "d": 2.0}))
    reply = ask(sheet, "fill", node="e", text="d.grad")
    assert reply["say"] == (
        "e: carried. It fits your own numbers nearer the root, and is wrong only because one of them is."
    )
    assert reply["why"] is None


def test_a_wrong_one_is_said_with_its_slip():
    reply = ask(sheet_of(lecture({"L": 1.0})), "fill", node="d", text="2")
    assert reply["say"] == "d: wrong."
    assert reply["why"] == reply["verdict"]["d"]["slip"]


def test_all_right_invites_to_watch_the_pass_again():
    reply = ask(sheet_of(lecture({**RIGHT, "b": None})), "fill", node="b", text="-4")
    assert reply["say"] == "b: correct. All 7 gradients are right. Now watch the whole pass again."
    root = lecture()
    one = ask(sheet_of(compare(root, nodes=[root])), "fill", node="L", text="1")
    assert one["summary"] == "The gradient is right. Now watch the whole pass again."


@pytest.mark.parametrize(
    ("grad", "text"), [(2.0, "2"), (1 / 3, "0.3333333333333333"), (-0.5, "-0.5"), (1e-20, "1e-20"), (1e6, "1e+06")]
)
def test_a_number_that_stands_there_is_shown_in_all_its_digits(grad, text):
    assert ask(sheet_of(lecture({"L": grad})), "open")["verdict"]["L"]["text"] == text


def test_what_was_typed_stands_there_as_it_was_until_a_program_writes_another_number():
    root = lecture()
    sheet = sheet_of(root)
    assert ask(sheet, "fill", node="L", text=" 2/2 ")["verdict"]["L"]["text"] == "2/2"
    root.grad = 1.25
    assert ask(sheet, "state", version=0, key="")["verdict"]["L"]["text"] == "1.25"
    root.grad = None
    assert ask(sheet, "state", version=0, key="")["verdict"]["L"]["text"] == ""


@pytest.mark.parametrize(
    ("do", "parts"),
    [("check", {}), ("reset", {}), ("judge", {"when": "on demand"}), ("fill", {"node": "L", "text": "2"})],
)
def test_each_change_has_another_version(do, parts):
    sheet = sheet_of(lecture({"L": 1.0}))
    version = ask(sheet, "open")["version"]
    assert ask(sheet, do, **parts)["version"] > version


def test_what_is_only_looked_at_has_the_version_it_had():
    sheet = sheet_of(lecture({"L": 1.0}))
    version = ask(sheet, "open")["version"]
    assert ask(sheet, "hint", node="d")["type"] == "hint"
    assert ask(sheet, "reveal", node="d")["type"] == "reveal"
    assert ask(sheet, "open")["version"] == version


def test_the_map_of_an_array_is_not_shown_before_it_is_judged():
    *_, y, L = layer()
    sheet = sheet_of(L)
    ask(sheet, "judge", when="on demand")
    entry = ask(sheet, "fill", node="y", text="3*y")["verdict"]["y"]
    assert (entry["map"], entry["hole"], entry["status"]) == ("", "filled in", "typed")
    entry = ask(sheet, "check")["verdict"]["y"]
    assert entry["map"].count("<rect") == y.data.size
    assert entry["status"] == "wrong"


def test_who_goes_over_to_judging_on_demand_again_has_nothing_judged():
    sheet = sheet_of(lecture({"L": 1.0, "d": 2.0}))
    for when in ("on demand", "at once", "on demand"):
        reply = ask(sheet, "judge", when=when)
        if when == "on demand":
            assert {reply["verdict"][name]["status"] for name in "Ld"} == {"typed"}
            assert ask(sheet, "check")["causes"] == ["d"]


def test_a_page_of_another_graph_is_told_the_verdicts_though_the_version_is_the_same():
    sheet = sheet_of(lecture())
    version = ask(sheet, "open")["version"]
    assert ask(sheet, "state", version=version, key="another")["type"] == "verdict"
