"""What a sheet shows of a graph: its nodes, operations and edges."""

import pytest

from handgrad import Value, label, manual
from handgrad.arrays import array
from handgrad.viz.sheet.graph import CARD, NARROW_CARD
from tests.graphs import random_graph

from ..graphs import lecture
from .asking import ask, sheet_of


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


def drawn(root):
    return sheet_of(root).drawn


def test_a_node_is_described_by_its_number_and_who_uses_it():
    L = lecture()
    shown = drawn(L)
    described = {node.label: shown.describe(node) for node in shown.nodes}
    assert described["L"] == "gradient of L, data -8, the root"
    assert described["a"] == "gradient of a, data 2, used by e"


def test_of_many_uses_three_are_named_and_the_rest_counted():
    with manual():
        x = Value(2.0, "x")
        uses = [label(x * (place + 2.0), f"u{place}") for place in range(5)]
        L = uses[0] + uses[1] + uses[2] + uses[3] + uses[4]
    assert drawn(L).list_uses(x) == "u4, u3, u2 and 2 more"
    with manual():
        y = label(x * x, "y") + label(x.exp(), "z")
    assert drawn(y).list_uses(x) in ("z and y", "y and z")


def made(make):
    with manual():
        a, b = Value(0.5, "a"), Value(0.25, "b")
        y = make(a, b)
    shown = drawn(y)
    return shown.list_operands(label(y, "y"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda a, b: a * b, "a \u00d7 b"),
        (lambda a, b: a - b, "a \u2212 b"),
        (lambda a, b: (a + b) / b, "(a+b) / b"),
        (lambda a, b: -(a + b), "\u2212(a+b)"),
        (lambda a, b: a.tanh(), "tanh(a)"),
        (lambda a, b: a.maximum(b), "maximum(a, b)"),
    ],
)
def test_it_is_said_how_a_named_node_was_made(make, said):
    assert made(make).replace("a + b", "a+b") == said


def test_how_a_node_was_made_is_not_said_twice_where_its_name_is_the_expression():
    with manual():
        y = Value(0.5, "a") * Value(0.25, "b")
    assert drawn(y).list_operands(y) == ""


def test_how_an_entry_was_taken_is_said_as_one_types_it():
    with manual():
        x = array([[1.0, 2.0, 3.0]], "x")
        y = label(x[:, 1:], "y")
        m = label(y.max(axis=1), "m")
        L = label(m.sum(), "L")
    shown = drawn(L)
    assert shown.list_operands(y) == "x[:, 1:]"
    assert shown.list_operands(m) == "max(y, axis=1)"
    assert shown.list_operands(x) == ""


def test_nodes_of_one_name_are_told_apart_and_the_constant_is_the_second():
    with manual():
        a, also = Value(2.0, "3"), Value(4.0, "3")
        L = label(a * also * 3.0, "L")
    ids = drawn(L).ids
    assert sorted(ids[node] for node in (a, also)) == ["3", "3 (2)"]
    assert next(name for node, name in ids.items() if node.is_constant) in ("3.0", "3 (3)")


def test_each_hole_lies_within_its_card_and_the_cards_are_of_one_size():
    reply = ask(sheet_of(lecture()), "open")
    for node in reply["nodes"]:
        x, y = node["place"]
        left, top, width, height = node["slot"]
        assert x - CARD[0] / 2 < left < left + width < x + CARD[0] / 2
        assert y - CARD[1] / 2 < top < top + height < y + CARD[1] / 2


def test_a_narrow_screen_has_narrower_cards_and_the_same_nodes():
    wide, narrow = (ask(sheet_of(lecture()), "open", narrow=is_narrow) for is_narrow in (False, True))
    assert [node["id"] for node in wide["nodes"]] == [node["id"] for node in narrow["nodes"]]
    assert wide["size"][0] > narrow["size"][0]
    assert (
        narrow["nodes"][0]["slot"][2] > wide["nodes"][0]["slot"][2] - (CARD[0] - NARROW_CARD[0]) + 30
    )  # its whole width


def test_each_use_has_a_line_and_each_operation_one_to_its_result():
    reply = ask(sheet_of(lecture()), "open")
    lines = [(edge["operand"], edge["consumer"]) for edge in reply["edges"]]
    assert sorted(lines, key=str) == sorted(
        [("a", "e"), ("b", "e"), ("e", "d"), ("c", "d"), ("d", "L"), ("f", "L"), ("e", None), ("d", None), ("L", None)],
        key=str,
    )
    assert [(op["of"], op["symbol"]) for op in reply["operations"]] == [("e", "\u00d7"), ("d", "+"), ("L", "\u00d7")]
