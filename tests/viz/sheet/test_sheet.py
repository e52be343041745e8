"""The sheet by its messages: what is typed, what it is told, and what it keeps to itself."""

import json
import math
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad import Value, compare, gradients, manual, viz
from handgrad.graph import topological_order
from handgrad.viz.errors import TargetError
from tests.graphs import random_graph

from ..graphs import RIGHT, TWO_MISTAKES, lecture, recurrence
from .asking import ask, in_manual_mode, sheet_of


@pytest.mark.parametrize("seed", range(200))
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


def test_nothing_expected_is_told_before_it_is_asked_for():
    with manual():
        a, b = Value(0.7345, "a"), Value(0.8789, "b")
        c = a * b
        L = c.tanh() * a + c * 0.0123
    c.label, L.label = "c", "L"
    truth = gradients(L)
    sheet = sheet_of(L)
    told = json.dumps([ask(sheet, "open"), ask(sheet, "plan"), ask(sheet, "ask", step=3)])
    told += json.dumps([ask(sheet, "fill", node="c", text="0.5"), ask(sheet, "predict", step=1, text="77")])
    told += json.dumps([ask(sheet, "hint", node="a") for _ in range(4)])
    for node in (a, b, c):
        assert f"{truth[node]:.4g}" not in told
    assert f"{truth[a]:.4g}" in json.dumps(ask(sheet, "reveal", node="a"))


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


def test_the_numbers_of_a_comparison_stand_on_its_sheet():
    verdict = ask(sheet_of(compare(lecture(TWO_MISTAKES))), "open")["verdict"]
    assert {name: entry["status"] for name, entry in verdict.items()} == {
        "L": "correct", "d": "wrong", "f": "wrong", "e": "carried", "c": "carried", "a": "carried", "b": "carried",
    }  # fmt: skip
    assert verdict["d"]["text"] == "2"
    assert "the sign does not" in verdict["d"]["slip"]


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


def test_what_a_page_remembers_is_put_where_nothing_stands():
    root = lecture({"L": 1.0})
    reply = ask(sheet_of(root), "restore", texts={"L": "7", "d": "L.grad*f", "e": "1 +", "other": "3", "c": 4})
    assert {name: entry["text"] for name, entry in reply["verdict"].items() if entry["text"]} == {
        "L": "1", "d": "L.grad*f",
    }  # fmt: skip


def test_hints_come_a_level_at_a_time_and_stop_at_the_formula():
    sheet = sheet_of(lecture())
    replies = [ask(sheet, "hint", node="d") for _ in range(4)]
    assert [reply["level"] for reply in replies] == [1, 2, 3, 3]
    assert replies[0]["message"].startswith("d is used in L")
    assert replies[2]["message"] == "d.grad = L.grad \u00d7 f"


def test_reveal_tells_the_sum_and_fills_nothing_in():
    root = lecture()
    reply = ask(sheet_of(root), "reveal", node="a")
    assert (reply["expected"], reply["message"]) == (6.0, "a.grad = -2 \u00d7 (-3) = 6")
    assert all(node.grad is None for node in topological_order(root))


def test_all_right_is_said():
    reply = ask(sheet_of(lecture({**RIGHT, "b": None})), "fill", node="b", text="-4")
    assert reply["ok"]
    assert "All 7 gradients are right." in reply["say"]


def test_a_stale_graph_is_an_error_in_words():
    root = lecture()
    sheet = sheet_of(root)
    root.operands[1].data = 5.0
    reply = ask(sheet, "fill", node="d", text="1")
    assert reply["type"] == "error"
    assert "stale" in reply["message"]


def test_of_a_big_graph_what_matters_most_is_shown():
    root = random_graph(1, leaves=10, steps=400)
    reply = ask(sheet_of(root), "open")
    assert len(reply["nodes"]) <= 150
    assert "Showing" in reply["note"]


def test_a_node_with_many_uses_is_drawn_once_with_a_reference_at_each_use():
    with manual():
        w = Value(0.5, "w")
        L = w * 1.5
        for place in range(12):
            L = L + w * Value(1.0 + place, f"x{place}")
    reply = ask(sheet_of(L), "open")
    assert reply["html"].count('class="chip"') == 13
    assert not [
        edge for edge in reply["edges"] if edge["from"] == next(n["key"] for n in reply["nodes"] if n["id"] == "w")
    ]
    assert len([step for step in ask(sheet_of(L), "steps")["steps"] if step["operand"] == "w" and step["edge"]]) == 13


def test_names_of_any_kind_stand_on_the_sheet_as_text():
    with manual():
        a, b = Value(2.0, "<script>alert(1)</script>"), Value(3.0, "b & \u00e9\n")
        L = a * b
    L.label = "$L"
    html = ask(sheet_of(L), "open")["html"]
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_something_else_than_a_graph_is_refused():
    with pytest.raises(TargetError, match="Value or a Comparison"):
        viz.sheet(3.0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KINDS = (
    "open", "fill", "restore", "state", "judge", "check", "steps", "plan", "ask", "predict", "show", "hint", "reveal",
    "entry", "reset",
)  # fmt: skip


@given(JSON)
def test_any_json_is_answered(message):
    assert json.dumps(sheet_of(lecture()).handle(message), allow_nan=False)


@given(
    st.sampled_from(KINDS), st.dictionaries(st.sampled_from(("node", "text", "step", "texts", "when", "version")), JSON)
)
def test_any_message_of_a_known_kind_is_answered(do, parts):
    sheet = sheet_of(lecture({"d": math.nan, "f": "three"}))
    reply = sheet.handle({"node": "d", "step": 0, **parts, "do": do})
    assert json.dumps(reply, allow_nan=False)
    assert isinstance(reply["type"], str)


def deep(steps):
    """A list in a list in a list, deeper than Python recurses."""
    inner = []
    for _ in range(steps):
        inner = [inner]
    return inner


THINGS = {
    "a huge number": 10**5000,
    "an infinite number": -(10**400),
    "lists in lists": deep(100_000),
    "half a letter": "\ud800",
    "an end of a string": "a\0b",
    "brackets": "((" * 10_000,
    "digits": "9" * 5000,
    "an object": {"d": "1"},
    "minus nothing": -0.0,
    "a large number": 1e308,
}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("do", ["fill", "predict", "hint", "restore", "state", "entry", "show"])
def test_what_no_page_would_send_is_answered_too(do, thing):
    sheet = sheet_of(lecture())
    good = {"node": "d", "text": "1", "step": 0, "texts": {}, "at": "0"}
    for key in good:
        reply = sheet.handle({**good, "do": do, key: THINGS[thing]})
        assert json.dumps(reply, allow_nan=False)


def numbers_in(thing):
    """Every number in a reply that is none of a place."""
    if isinstance(thing, dict):
        geometry = ("html", "nodes", "edges", "operations", "size")
        return [n for key, part in thing.items() if key not in geometry for n in numbers_in(part)]
    if isinstance(thing, list):
        return [n for part in thing for n in numbers_in(part)]
    if isinstance(thing, str):
        return [float(found) for found in re.findall(r"-?\d+\.\d+", thing)]
    return [thing] if isinstance(thing, float) else []


@pytest.mark.parametrize("seed", range(40))
def test_no_reply_to_wrong_numbers_tells_a_gradient(seed):
    root = in_manual_mode(seed, leaves=3, steps=3 + seed % 10)
    truth, sheet = gradients(root), sheet_of(root)
    told = []
    for name, node in sheet.nodes.items():
        told += [ask(sheet, "hint", node=name) for _ in range(3)]
        told += [ask(sheet, "fill", node=name, text=repr(share * truth[node] + 0.03)) for share in (-1.1, 2.3)]
        ask(sheet, "fill", node=name, text="")
    for place, step in enumerate(ask(sheet, "plan")["steps"]):
        told += [ask(sheet, "ask", step=place), ask(sheet, "predict", step=place, text="-77.5")]
        assert step["operand"] in sheet.drawn.ids.values()
    data = {abs(node.data) for node in truth}
    secret = {abs(g) for n, g in truth.items() if not n.is_constant and len(f"{g:.6g}") > 6} - data
    for number in numbers_in(told):
        assert all(abs(abs(number) - gradient) > 1e-6 * gradient for gradient in secret)


def test_a_node_without_a_name_is_meant_by_its_expression_with_any_spaces():
    with manual():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        L = (a * b + a).tanh()
    L.label = "L"
    L.operands[0].grad, L.operands[0].operands[0].grad = 0.5, 0.25
    sheet = sheet_of(L)
    assert ask(sheet, "fill", node="a", text="( a*b+a ).grad")["verdict"]["a"]["grad"] == 0.5
    assert ask(sheet, "fill", node="a", text="(a * b).grad * b")["verdict"]["a"]["grad"] == -0.75


def test_of_a_graph_that_is_cut_it_is_said_how_the_rest_is_judged():
    with manual():
        root = recurrence(100)
    note = ask(sheet_of(root), "open")["note"]
    assert (
        note == "Showing 150 of 303 nodes. The others are for a file: NAME.grad = ..., and compare(h100) judges them."
    )


def test_no_two_sheets_have_the_same_version():
    first, second = sheet_of(lecture()), sheet_of(lecture())
    assert first.key == second.key
    reply = ask(second, "state", version=ask(first, "open")["version"], key=second.key)
    assert reply["type"] == "verdict"
