"""A message is answered, whatever it is, and no answer gives away what was not asked for."""

import json
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad import Value, gradients, label, manual
from handgrad.arrays import array
from handgrad.graph import topological_order

from ..graphs import lecture
from .asking import ask, in_manual_mode, sheet_of
from .layer import layer


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


def test_reveal_tells_the_sum_and_fills_nothing_in():
    root = lecture()
    reply = ask(sheet_of(root), "reveal", node="a")
    assert (reply["expected"], reply["message"]) == (6.0, "a.grad = -2 \u00d7 (-3) = 6")
    assert all(node.grad is None for node in topological_order(root))


def test_a_stale_graph_is_an_error_in_words():
    root = lecture()
    sheet = sheet_of(root)
    root.operands[1].data = 5.0
    reply = ask(sheet, "fill", node="d", text="1")
    assert reply["type"] == "error"
    assert "stale" in reply["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


KINDS = (
    "open", "fill", "restore", "state", "judge", "check", "steps", "plan", "ask", "predict", "show", "hint", "reveal",
    "entry", "reset", "set", "descend", "nudge", "undo", "redo", "picture",
)  # fmt: skip


@settings(max_examples=40)
@given(JSON)
def test_any_json_is_answered(message):
    assert json.dumps(sheet_of(lecture()).handle(message), allow_nan=False)


@settings(max_examples=60)
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


@pytest.mark.drawn(3)
@pytest.mark.parametrize("seed", range(12))
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


def test_one_entry_is_opened_as_numbers_without_its_sum():
    x, W, y, L = layer()
    sheet = sheet_of(L)
    ask(sheet, "fill", node="y", text="2*y")
    reply = ask(sheet, "entry", node="W", at="1, 0")
    assert reply["entry"] == {"data": W.data[1, 0], "grad": None, "status": "missing"}
    assert "y[0, 0].grad \u00d7 " in reply["message"]
    assert f"{gradients(L)[W][1, 0]:.4g}" not in reply["message"]
    assert (x.shape, y.shape) == ((3, 4), (3, 2))


def test_one_entry_does_not_tell_a_gradient_that_is_not_filled_in():
    _, _, y, L = layer()
    truth = gradients(L)[y]
    message = ask(sheet_of(L), "entry", node="W", at="1, 0")["message"]
    for number in truth.ravel().tolist():
        assert f"{number:.6g}" not in message
    assert "y[0, 0].grad \u00d7 " in message


@pytest.mark.parametrize("at", ["9, 9", "0", "", "a", "0, 0, 0", "1e3, 0", None, [0, 0]])
def test_an_entry_that_there_is_not_is_an_error_in_words(at):
    reply = ask(sheet_of(layer()[-1]), "entry", node="W", at=at)
    assert reply["type"] == "error"
    assert "W" in reply["message"]


@pytest.mark.parametrize("message", [None, [], "open", 3, {}, {"do": "nothing"}, {"do": ["open"]}, {"do": None}])
def test_what_is_no_message_is_refused_with_the_kinds_there_are(message):
    reply = sheet_of(lecture()).handle(message)
    assert reply["type"] == "error"
    assert "under 'do': open, fill, restore, state" in reply["message"]


@pytest.mark.parametrize(
    ("do", "parts", "said"),
    [
        ("fill", {"node": "zz", "text": "1"}, "there is no node zz that is asked for on this sheet."),
        ("fill", {"node": 3, "text": "1"}, "node is the name of a node, as a text."),
        ("fill", {"node": "L"}, "text is what was typed: a number or an expression."),
        ("fill", {"node": "L", "text": True}, "text is what was typed: a number or an expression."),
        ("fill", {"node": "L", "text": 1 << 1025}, "that number is too large."),
        ("ask", {"step": 6}, "step is a whole number from 0 to 5."),
        ("ask", {"step": -1}, "step is a whole number from 0 to 5."),
        ("ask", {"step": True}, "step is a whole number from 0 to 5."),
        ("ask", {"step": 1.0}, "step is a whole number from 0 to 5."),
        ("judge", {"when": "later"}, "judge takes when: 'at once' or 'on demand'."),
        ("restore", {"texts": ["1"]}, "restore takes texts, an object of what was typed by node."),
    ],
)
def test_a_message_that_asks_for_what_there_is_not_is_refused_with_what_there_is(do, parts, said):
    reply = ask(sheet_of(lecture()), do, **parts)
    assert (reply["type"], reply["message"]) == ("error", said)


@pytest.mark.parametrize(("number", "text"), [(1, "1"), (-2.5, "-2.5"), (1 << 60, str(1 << 60))])
def test_a_plain_number_will_do_for_a_text(number, text):
    assert ask(sheet_of(lecture()), "fill", node="L", text=number)["verdict"]["L"]["text"] == text


@pytest.mark.parametrize("place", [0, 5])
def test_the_first_and_the_last_step_can_be_asked_for(place):
    reply = ask(sheet_of(lecture()), "ask", step=place)
    assert (reply["type"], reply["step"], reply["heading"]) == ("question", place, f"Step {place + 1} of 6")


def test_nothing_guessed_is_a_typo():
    reply = ask(sheet_of(lecture()), "predict", step=0, text="  ")
    assert reply["type"] == "typo"
    assert reply["message"].startswith("Nothing is typed yet.")


def test_a_guess_is_answered_in_words_and_a_right_one_with_the_step():
    sheet = sheet_of(lecture())
    wrong, right = (ask(sheet, "predict", step=0, text=text) for text in ("2", "-2"))
    assert wrong["say"].startswith("Not yet. d: ")
    assert right["say"] == "Right. d gets L.grad \u00d7 dL/dd = 1 \u00d7 f = -2."
    assert right["told"]["sum"] == -2.0


def test_reset_forgets_the_steps_that_were_told_and_the_hints():
    sheet = sheet_of(lecture())
    ask(sheet, "show", step=0)
    ask(sheet, "hint", node="a"), ask(sheet, "hint", node="a")
    reply = ask(sheet, "reset")
    assert (reply["say"], reply["node"]) == ("Everything is empty again.", None)
    assert "begin nearer the root" in ask(sheet, "predict", step=2, text="d.grad")["message"]
    assert ask(sheet, "hint", node="a")["level"] == 1


def test_of_many_uses_six_are_revealed_as_a_sum():
    with manual():
        w = Value(0.5, "w")
        L = w * 1.5
        for place in range(6):
            L = L + w * Value(1.0 + place, f"x{place}")
    L.label = "L"
    message = ask(sheet_of(L), "reveal", node="w")["message"]
    assert message.startswith("w.grad = 1 \u00d7 6 + 1 \u00d7 5 + ")
    assert message.count("1 \u00d7") == 6
    assert message.endswith(" + ... = 22.5")


def test_the_root_is_revealed_as_its_number():
    assert ask(sheet_of(lecture()), "reveal", node="L")["message"] == "L.grad = 1"


def test_an_array_is_revealed_in_numbers_where_it_is_small_and_always_with_a_line_of_python():
    with manual():
        x, big = array([1.0, 2.0], "x"), array([1.0] * 401, "big")
        L = label((x * 3.0).sum() + (big * 2.0).sum(), "L")
    sheet = sheet_of(L)
    small, large = ask(sheet, "reveal", node="x"), ask(sheet, "reveal", node="big")
    line = "In Python: from handgrad import gradients; gradients(L)"
    assert small["expected"] == [3.0, 3.0]
    assert small["message"] == f"x.grad has shape (2,): [3.0, 3.0]. {line}[x]"
    assert large["expected"] is None
    assert large["message"] == f"big.grad has shape (401,); too large to show. {line}[big]"


def test_a_revealed_array_of_many_numbers_is_cut_in_its_sentence_and_sent_whole():
    with manual():
        x = array([0.1 + place / 3 for place in range(40)], "x")
        L = label((x * x).sum(), "L")
    reply = ask(sheet_of(L), "reveal", node="x")
    assert len(reply["expected"]) == 40
    assert "..." in reply["message"]
    assert len(reply["message"]) < 320


def test_an_entry_tells_the_first_six_of_its_terms_and_counts_the_rest():
    with manual():
        x, w = array([[1.0]] * 8, "x"), array([[2.0]], "w")
        L = label(label(x @ w, "y").sum(), "L")
    message = ask(sheet_of(L), "entry", node="w", at="0, 0")["message"]
    assert message.count(".grad \u00d7 1") == 6
    assert message.endswith("; and 2 more.")


def test_an_entry_tells_an_upstream_gradient_that_is_filled_in_and_its_own_verdict():
    _, _, y, L = layer()
    y.grad = 2.0 * y.data
    sheet = sheet_of(L)
    reply = ask(sheet, "entry", node="y", at="-1, -1")
    assert (reply["node"], reply["at"], reply["entry"]["status"]) == ("y", [2, 1], "correct")
    assert reply["entry"]["grad"] == 2.0 * y.data[2, 1]
    assert f"with y[0, 0].grad = {y.grad[0, 0]:.6g}" in ask(sheet, "entry", node="W", at="0,0")["message"]
    ask(sheet, "judge", when="on demand")
    assert ask(sheet, "entry", node="y", at="0,0")["entry"]["status"] == "typed"
    assert ask(sheet, "entry", node="W", at="0,0")["entry"]["status"] == "missing"


def test_a_number_has_no_entries():
    assert ask(sheet_of(layer()[-1]), "entry", node="L", at="0")["message"] == "L has shape (), and no entry [0]."


PRESENT = {
    "run", "version", "key", "can", "data", "cards", "state", "judged", "verdict", "causes", "summary", "ok",
}  # fmt: skip
"""What each reply holds."""


@pytest.mark.parametrize(
    ("do", "parts", "kind", "keys"),
    [
        ("fill", {"node": "d", "text": "2"}, "verdict", {"type", "node", "say", "why"}),
        ("fill", {"node": "d", "text": "1 +"}, "typo", {"type", "node", "message"}),
        ("check", {}, "verdict", {"type", "say"}),
        ("reset", {}, "verdict", {"type", "node", "say"}),
        ("steps", {}, "steps", {"type", "start", "steps", "end"}),
        ("plan", {}, "plan", {"type", "steps", "say", "end"}),
        ("predict", {"step": 1, "text": "3"}, "predicted", {"type", "step", "right", "slip", "say"}),
        ("predict", {"step": 1, "text": "4"}, "predicted", {"type", "step", "right", "slip", "say", "told"}),
        ("predict", {"step": 1, "text": "1 +"}, "typo", {"type", "step", "message"}),
        ("show", {"step": 1}, "step", {"type", "step", "say", "told"}),
        ("hint", {"node": "d"}, "hint", {"type", "node", "level", "of", "message", "hints"}),
        ("reveal", {"node": "d"}, "reveal", {"type", "node", "expected", "message"}),
    ],
)
def test_a_reply_has_the_parts_of_its_kind(do, parts, kind, keys):
    reply = ask(sheet_of(lecture()), do, **parts)
    assert reply["type"] == kind
    assert set(reply) == PRESENT | keys
    assert reply.get("node") in (parts.get("node"), None)
    assert reply.get("step") == parts.get("step")


def test_an_opened_sheet_is_whole():
    reply = ask(sheet_of(lecture(), title="Mine"), "open")
    assert set(reply) == PRESENT | {
        "type", "mode", "title", "tasks", "note", "root", "nodes", "operations", "edges", "size", "html",
    }  # fmt: skip
    assert (reply["title"], reply["root"], reply["mode"]) == ("Mine", "L", "fill")
