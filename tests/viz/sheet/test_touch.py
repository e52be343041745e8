"""The numbers of a graph touched: against a forward of its own, and what is said of it."""

import json
import re

import numpy as np
import pytest

from handgrad import Value, gradients, manual
from handgrad.arrays import array
from handgrad.graph import topological_order

from ..graphs import lecture
from .asking import ask, sheet_of


def filled(texts):
    sheet = sheet_of(lecture())
    for name, text in texts.items():
        ask(sheet, "fill", node=name, text=text)
    return sheet


def statuses(reply):
    return {name: entry["status"] for name, entry in reply["verdict"].items()}


FORMULAS = {
    "L": "1",
    "d": "L.grad * f",
    "f": "L.grad * d",
    "e": "d.grad",
    "c": "d.grad",
    "a": "e.grad*b",
    "b": "e.grad*a",
}


def test_a_right_formula_stays_right_whatever_the_leaves_hold():
    sheet = filled(FORMULAS)
    for name, text in (("a", "0.5"), ("f", "7"), ("c", "-3"), ("b", "a * 2")):
        reply = ask(sheet, "set", node=name, text=text)
        assert set(statuses(reply).values()) == {"correct"}
        assert reply["verdict"]["d"]["text"] == "L.grad * f"


def test_a_number_that_was_right_goes_stale_and_that_is_said():
    sheet = filled({**FORMULAS, "d": "-2"})
    reply = ask(sheet, "set", node="f", text="3")
    assert statuses(reply)["d"] == "wrong"
    assert statuses(reply)["a"] == "carried"
    assert "d" in reply["outrun"]
    assert "was right before the data moved" in reply["verdict"]["d"]["slip"]
    assert "right, and" in reply["say"]
    assert statuses(ask(sheet, "set", node="f", text="-2"))["d"] == "correct"


def test_a_number_that_was_wrong_before_is_told_as_before():
    sheet = filled({"L": "1", "d": "2"})
    reply = ask(sheet, "set", node="c", text="11")
    assert "was right" not in reply["verdict"]["d"]["slip"]
    assert reply["outrun"] == []


@pytest.mark.parametrize(
    ("node", "text"),
    [("d", "3"), ("L", "3"), ("a", ""), ("a", "1/0"), ("a", "nothing"), ("a", "1e999"), ("a", "b.grad")],
)
def test_what_cannot_be_set_is_a_typo_that_changes_nothing(node, text):
    sheet = filled(FORMULAS if text != "b.grad" else {})
    before = [n.data for n in topological_order(sheet.root)]
    reply = ask(sheet, "set", node=node, text=text)
    assert reply["type"] == "typo"
    assert reply["message"]
    assert [n.data for n in topological_order(sheet.root)] == before


def test_a_number_without_a_value_further_up_and_a_constant_are_typos():
    with manual():
        a = Value(2.0, "a")
        L = (a - 1.0).log()
    L.label = "L"
    sheet = sheet_of(L)
    assert ask(sheet, "set", node="a", text="0.5")["type"] == "typo"
    assert a.data == 2.0
    constant = next(name for name, node in sheet.by_id.items() if node.is_constant)
    assert ask(sheet, "set", node=constant, text="2")["type"] == "typo"
    assert ask(sheet, "set", node="zz", text="2")["type"] == "error"
    assert ask(sheet, "nudge", node=constant)["type"] == "typo"


def test_a_step_without_every_leafs_gradient_names_those_that_are_missing():
    reply = ask(filled({"L": "1", "d": "-2", "f": "4"}), "descend", rate=0.1)
    assert reply["type"] == "typo"
    for name in "abc":
        assert re.search(rf"\b{name}\b", reply["message"])
    assert " f" not in reply["message"].split(":")[1]


@pytest.mark.parametrize("rate", [0, -1, "x", "", "1/0"])
def test_a_rate_is_a_number_above_0(rate):
    assert ask(filled(FORMULAS), "descend", rate=rate)["type"] == "typo"


@pytest.mark.parametrize("rate", [None, True, [], {}])
def test_a_rate_that_is_no_text_is_an_error(rate):
    assert ask(filled(FORMULAS), "descend", rate=rate)["type"] == "error"


def bowl(text):
    with manual():
        x = Value(1.0, "x")
        y = x * x
    y.label = "y"
    sheet = sheet_of(y)
    ask(sheet, "fill", node="y", text="1")
    ask(sheet, "fill", node="x", text=text)
    return sheet


@pytest.mark.parametrize(
    ("gradient", "rate", "said"),
    [
        ("2", 0.1, "y fell from 1 to 0.64, as promised."),
        ("2", 3, "so the learning rate was too large"),
        ("-2", 0.1, "A wrong gradient is the reason"),
        ("4", 3, "The learning rate is too large"),
        ("-4", 3, "A wrong gradient points up, and the rate is too large as well."),
        ("1", 0.1, "not every gradient is right"),
        ("0", 0.1, "stayed at 1"),
    ],
)
def test_a_step_that_leads_up_is_blamed_on_the_gradient_or_on_the_rate(gradient, rate, said):
    assert said in ask(bowl(gradient), "descend", rate=rate)["say"]


def test_reset_puts_the_leaves_back_as_well_and_can_be_undone():
    sheet = filled(FORMULAS)
    ask(sheet, "set", node="f", text="5")
    reply = ask(sheet, "reset")
    assert (reply["data"]["f"], reply["data"]["L"]) == (-2.0, -8.0)
    assert set(statuses(reply).values()) == {"missing"}
    reply = ask(sheet, "undo")
    assert (reply["data"]["f"], reply["data"]["L"]) == (5.0, 20.0)
    assert set(statuses(reply).values()) == {"correct"}


def test_the_backward_pass_is_told_in_the_new_numbers():
    sheet = filled(FORMULAS)
    ask(sheet, "steps")
    ask(sheet, "set", node="f", text="5")
    assert ask(sheet, "steps")["steps"][0]["contribution"] in (5.0, 4.0)
    assert ask(sheet, "nudge", node="d")["slope"] == pytest.approx(5.0, rel=1e-3)


def test_what_follows_a_hand_is_taken_back_as_one():
    sheet = filled(FORMULAS)
    for number in range(5):
        ask(sheet, "set", node="f", text=str(number), drag="one")
    ask(sheet, "set", node="f", text="9", drag="two")
    ask(sheet, "set", node="c", text="9")
    assert [ask(sheet, "undo")["data"]["f"] for _ in range(3)] == [9.0, 4.0, -2.0]


def test_a_drag_that_begins_with_no_change_is_taken_back_too():
    sheet = filled(FORMULAS)
    for number in (-2, 4, 5):
        ask(sheet, "set", node="f", text=str(number), drag="one")
    reply = ask(sheet, "undo")
    assert (reply["data"]["f"], reply["state"]["texts"]) == (-2.0, FORMULAS)
    ask(sheet, "set", node="f", text="7", drag="one")
    assert ask(sheet, "undo")["data"]["f"] == -2.0


def test_a_slope_counts_as_a_hint_in_a_kata_alone():
    sheet = sheet_of(lecture(), counts_hints=True)
    assert ask(sheet, "nudge", node="d")["level"] == 1
    assert ask(sheet, "hint", node="d")["level"] == 2
    assert "level" not in ask(sheet_of(lecture()), "nudge", node="d")


def test_a_sheet_that_judges_on_demand_tells_nothing_of_what_was_right():
    sheet = sheet_of(lecture())
    ask(sheet, "judge", when="on demand")
    for name, text in (("L", "1"), ("d", "-2")):
        ask(sheet, "fill", node=name, text=text)
    reply = ask(sheet, "set", node="f", text="3")
    assert reply["outrun"] == []
    assert statuses(reply)["d"] == "typed"


def test_formulas_that_refer_to_each_other_stay_numbers():
    sheet = sheet_of(lecture({"d": -2.0}))
    ask(sheet, "fill", node="e", text="d.grad")
    ask(sheet, "fill", node="d", text="e.grad")
    ask(sheet, "fill", node="c", text="c.data + d.grad")
    reply = ask(sheet, "set", node="c", text="3")
    assert reply["verdict"]["d"]["text"] == "e.grad"
    assert reply["type"] == "verdict"


def test_an_array_is_set_and_nudged_by_entry_too():
    rng = np.random.default_rng(0)
    with manual():
        x, w = array(rng.normal(size=(2, 3)), "x"), array(rng.normal(size=(3,)), "w")
        loss = ((x @ w) ** 2).sum()
    loss.label = "loss"
    sheet = sheet_of(loss)
    for at in ("0, 1", "1, 2"):
        reply = ask(sheet, "nudge", node="x", at=at)
        assert reply["slope"] == pytest.approx(gradients(loss)[x][tuple(map(int, at.split(",")))], rel=1e-3)
    assert ask(sheet, "nudge", node="x", at="5, 5")["type"] == "typo"
    new = np.asarray(w.data) * 2.0
    reply = ask(sheet, "set", node="w", text="w * 2")
    assert reply["data"]["loss"] == pytest.approx(float(((np.asarray(x.data) @ new) ** 2).sum()))
    assert ask(sheet, "set", node="w", text="2")["type"] == "typo"


def test_what_a_link_holds_of_the_data_is_put_back():
    sheet = sheet_of(lecture())
    reply = ask(sheet, "restore", texts={"d": "L.grad*f", "L": "1"}, data={"f": 3, "a": "no", "L": 4})
    assert (reply["data"]["f"], reply["data"]["a"], reply["data"]["L"]) == (3.0, 2.0, 12.0)
    assert statuses(reply)["d"] == "correct"
    assert ask(sheet, "restore", texts={}, data=[])["type"] == "error"


def test_the_picture_is_what_viz_draws():
    sheet = filled({"L": "1", "d": "2"})
    reply = ask(sheet, "picture", format="svg")
    assert reply["type"] == "picture"
    assert reply["text"].lstrip().startswith("<?xml")
    assert "red" in reply["text"]
    assert ask(sheet, "picture", format="gif")["type"] == "error"
    drawn = sheet_of(lecture(), renderer=lambda dot: f"<svg>{len(dot)}</svg>")
    assert ask(drawn, "picture", format="svg")["text"].startswith("<svg>")


def test_every_reply_is_json():
    sheet = filled(FORMULAS)
    for message in ({"do": "set"}, {"do": "nudge"}, {"do": "descend"}, {"do": "picture"}, {"do": "set", "node": 3}):
        assert json.dumps(sheet.handle(message), allow_nan=False)
