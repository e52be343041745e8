"""The sheet by its messages: what is typed, what it is told, and what it keeps to itself."""

import json
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad import Value, compare, gradients, label, manual, viz
from handgrad.arrays import array
from handgrad.graph import topological_order
from handgrad.viz.errors import TargetError
from tests.graphs import random_graph

from .graphs import RIGHT, TWO_MISTAKES, lecture


def sheet_of(target, **options):
    return viz.Sheet(target, **options)


def ask(sheet, do, **parts):
    """The reply, as it is after a journey as JSON."""
    return json.loads(json.dumps(sheet.handle({"do": do, **parts}), allow_nan=False))


def in_manual_mode(seed, **sizes):
    with manual():
        return random_graph(seed, **sizes)


def everything_told(reply):
    return json.dumps(reply)


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


@pytest.mark.parametrize("seed", range(200))
def test_the_contributions_add_up_to_the_truth_with_each_edge_once_and_consumers_first(seed):
    root = random_graph(seed, leaves=3, steps=4 + seed % 20)
    truth = gradients(root)
    sheet = sheet_of(root)
    names = compare(root).names
    steps = ask(sheet, "steps")["steps"]
    sums = {names[root]: 1.0}
    for step in steps:
        # No edge out of a node before all edges into it are there.
        assert step["upstream"] == pytest.approx(sums[step["consumer"]], rel=1e-12)
        assert step["contribution"] == pytest.approx(step["local"] * step["upstream"], rel=1e-12)
        sums[step["operand"]] = sums.get(step["operand"], 0.0) + step["contribution"]
        assert step["sum"] == pytest.approx(sums[step["operand"]], rel=1e-9, abs=1e-12)
    assert sums == pytest.approx(
        {names[node]: value for node, value in truth.items() if not node.is_constant}, abs=1e-12
    )
    edges = [
        (names[operand], names[consumer])
        for consumer in topological_order(root)
        for operand in consumer.operands
        if not operand.is_constant
    ]
    assert sorted((step["operand"], step["consumer"]) for step in steps) == sorted(edges)


def test_nothing_expected_is_told_before_it_is_asked_for():
    with manual():
        a, b = Value(0.7345, "a"), Value(0.8789, "b")
        c = a * b
        L = c.tanh() * a + c * 0.0123
    c.label, L.label = "c", "L"
    truth = gradients(L)
    sheet = sheet_of(L)
    told = everything_told([ask(sheet, "open"), ask(sheet, "plan"), ask(sheet, "ask", step=3)])
    told += everything_told([ask(sheet, "fill", node="c", text="0.5"), ask(sheet, "predict", step=1, text="77")])
    told += everything_told([ask(sheet, "hint", node="a") for _ in range(4)])
    for node in (a, b, c):
        assert f"{truth[node]:.4g}" not in told
    assert f"{truth[a]:.4g}" in everything_told(ask(sheet, "reveal", node="a"))


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


@pytest.mark.parametrize(
    ("text", "words"),
    [("2", "sign"), ("1", "passed on as it is"), ("0.17", "no usual mistake")],
)
def test_a_guess_that_is_off_is_answered_with_its_slip(text, words):
    reply = ask(sheet_of(lecture()), "predict", step=0, text=text)
    assert (reply["type"], reply["right"]) == ("predicted", False)
    assert words in reply["slip"]
    assert "told" not in reply


def test_a_right_guess_is_told_the_step():
    reply = ask(sheet_of(lecture()), "predict", step=0, text="L.grad * f")
    assert (reply["right"], reply["slip"], reply["told"]["contribution"]) == (True, None, -2.0)


@pytest.mark.parametrize("seed", range(40))
def test_the_true_contribution_is_a_right_guess_and_its_half_is_not(seed):
    root = random_graph(seed, leaves=3, steps=10)
    sheet, told = sheet_of(root), sheet_of(root)
    for place, step in enumerate(ask(told, "steps")["steps"]):
        assert ask(sheet, "predict", step=place, text=repr(step["contribution"]))["right"]
        if step["contribution"]:
            assert not ask(sheet, "predict", step=place, text=repr(0.5 * step["contribution"]))["right"]


def test_a_guess_may_name_only_gradients_that_have_been_told():
    sheet = sheet_of(lecture())
    assert "begin nearer the root" in ask(sheet, "predict", step=2, text="d.grad")["message"]
    ask(sheet, "show", step=0)
    assert ask(sheet, "predict", step=2, text="d.grad")["right"]


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


def layer():
    rng = np.random.default_rng(0)
    with manual():
        x = array(rng.normal(size=(3, 4)), "x")
        W = array(rng.normal(size=(4, 2)), "W")
        y = label(x @ W, "y")
        L = (y * y).sum()
    L.label = "L"
    return x, W, y, L


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


def test_the_shape_of_an_array_is_looked_at_first():
    _, W, _, L = layer()
    reply = ask(sheet_of(L), "fill", node="W", text="x.T")
    assert reply["message"] == "That is an array of shape (4, 3), and the gradient of W has its shape, (4, 2)."
    assert W.grad is None


def test_a_wrong_array_has_the_comparators_slip():
    _, W, _, L = layer()
    sheet = sheet_of(L)
    for name, text in (("L", "1"), ("y", "2*y"), ("W", "-(x.T @ dy)")):
        reply = ask(sheet, "fill", node=name, text=text)
    assert reply["verdict"]["W"]["status"] == "wrong"
    assert reply["verdict"]["W"]["slip"] == compare(L)[W].note


def test_the_steps_of_arrays_add_up_too():
    *arrays, L = layer()
    truth = gradients(L)
    sums = {}
    for step in ask(sheet_of(L), "steps")["steps"]:
        sums[step["operand"]] = sums.get(step["operand"], 0.0) + np.asarray(step["contribution"])
    for node in arrays:
        assert np.allclose(sums[node.label], truth[node])


def test_one_entry_is_opened_as_numbers_without_its_sum():
    x, W, y, L = layer()
    sheet = sheet_of(L)
    ask(sheet, "fill", node="y", text="2*y")
    reply = ask(sheet, "entry", node="W", at="1, 0")
    assert (reply["data"], reply["grad"], reply["status"]) == (W.data[1, 0], None, "missing")
    assert "y[0, 0].grad \u00d7 " in reply["message"]
    assert f"{gradients(L)[W][1, 0]:.4g}" not in reply["message"]
    assert (x.shape, y.shape) == ((3, 4), (3, 2))


@pytest.mark.parametrize("at", ["9, 9", "0", "", "a", "0, 0, 0", "1e3, 0", None, [0, 0]])
def test_an_entry_that_there_is_not_is_an_error_in_words(at):
    reply = ask(sheet_of(layer()[-1]), "entry", node="W", at=at)
    assert reply["type"] == "error"
    assert "W" in reply["message"]


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
