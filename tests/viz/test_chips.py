"""Nodes that many others use: one edge from their card, and a chip beside each other use."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import graphviz
import pytest
from graphviz.backend import dot_command

from handgrad import Value, compare, gradients, manual, viz
from handgrad.arrays import array, label
from handgrad.graph import topological_order
from handgrad.viz.theme import WRONG

from .graphs import complete_layer, recurrence, star


def edges(drawn: graphviz.Digraph) -> list[tuple[str, str]]:
    return re.findall(r"^\t(\w+) -> (\w+)", drawn.source, re.M)


def chips(drawn: graphviz.Digraph, title: str) -> dict[str, str]:
    """The lines of the chips of a node, by their ids."""
    lines = re.findall(r"^\t(c\w+) (\[.*)$", drawn.source, re.M)
    return {name: line for name, line in lines if re.search(rf'tooltip="?{re.escape(title)}"?[ \]]', line)}


def card(drawn: graphviz.Digraph, title: str) -> tuple[str, str]:
    """The id of a node's card, and its line."""
    found = re.search(rf'^\t(n\d+) (\[.*tooltip="?{re.escape(title)}"?\])$', drawn.source, re.M)
    assert found
    return found[1], found[2]


def text(line: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", line).split()))


def test_a_node_of_many_uses_has_one_edge_from_its_card_and_a_chip_beside_each_other_use():
    drawn = viz.draw(star(20))
    own, _ = card(drawn, "w")
    beside = chips(drawn, "w")
    assert [tail for tail, _ in edges(drawn)].count(own) == 1
    assert len(beside) == 19
    heads = [head for tail, head in edges(drawn) if tail == own or tail in beside]
    assert len(set(heads)) == 20


def test_a_chip_tells_the_name_and_where_the_card_is_and_the_card_how_many_uses_there_are():
    drawn = viz.draw(star(20))
    assert {"w card far left" in text(line) for line in chips(drawn, "w").values()} == {True}
    assert "w 20 uses" in text(card(drawn, "w")[1])
    assert "A chip stands for one of a node's many uses" in text(drawn.source)
    assert "A chip" not in viz.draw(star(20), legend=False).source


@pytest.mark.parametrize(("uses", "expected"), [(8, 0), (9, 8)])
def test_up_to_eight_uses_are_edges_of_the_card(uses, expected):
    drawn = viz.draw(star(uses))
    assert len(chips(drawn, "w")) == expected
    assert ("uses" in text(card(drawn, "w")[1])) == bool(expected)


@pytest.mark.parametrize(
    ("rankdir", "side"), [("LR", "far left"), ("TB", "at the top"), ("RL", "far right"), ("BT", "at the bottom")]
)
def test_the_card_of_a_leaf_stands_alone_where_its_chips_say(rankdir, side, tmp_path):
    drawn = viz.draw(star(12), rankdir=rankdir)
    assert all(f"card {side}" in line for line in chips(drawn, "w").values())
    places = positions(drawn)
    own = places.pop(card(drawn, "w")[0])
    axis, sign = {"LR": (0, 1), "TB": (1, -1), "RL": (0, -1), "BT": (1, 1)}[rankdir]
    assert all(sign * own[axis] < sign * place[axis] for place in places.values())


def positions(drawn: graphviz.Digraph) -> dict[str, tuple[float, float]]:
    lines = drawn.pipe("plain").decode().splitlines()
    return {word[1]: (float(word[2]), float(word[3])) for word in map(str.split, lines) if word[0] == "node"}


def test_the_chip_of_what_is_computed_says_before_which_card_its_own_is():
    a = Value(0.5, "a")
    h = a.tanh()
    h.label = "h"
    first = h * Value(2.0, "b")
    first.label = "first"
    total = first
    for place in range(12):
        total = total + h * Value(0.1, f"b{place}")
    drawn = viz.draw(total)
    assert len(chips(drawn, "h")) == 12
    assert all("card before first" in text(line) for line in chips(drawn, "h").values())


def test_a_node_used_twice_by_one_operation_has_one_chip_with_two_edges_there():
    w = Value(0.5, "w")
    total = w * 1.0
    for _ in range(9):
        total = total + w * w
    drawn = viz.draw(total)
    beside = chips(drawn, "w")
    tails = [tail for tail, _ in edges(drawn) if tail in beside]
    assert len(beside) == 9
    assert all(tails.count(name) == 2 for name in beside)
    assert "w 19 uses" in text(card(drawn, "w")[1])


def test_uses_that_were_not_added_are_red_edges_from_their_chips():
    root = filled(star(12))
    w = next(node for node in topological_order(root) if node.label == "w")
    # Three uses were added, and w * x_0 is 0.
    w.grad = 0.1 + 0.2 + 0.3
    comparison = compare(root)
    forgotten = {consumer for consumer, _ in comparison[w].slip.edges}
    drawn = viz.draw(comparison)
    red = re.findall(r"^\t(\w+) -> (\w+) \[.*label=\"not added\".*\]$", drawn.source, re.M)
    assert len(red) == len(forgotten) >= 8
    assert all(tail in chips(drawn, "w") for tail, _ in red)
    assert all("color=red" in line for line in re.findall(r"^.*not added.*$", drawn.source, re.M) if "->" in line)


def test_a_chip_is_outlined_by_its_nodes_verdict_but_never_as_heavy_as_a_cause():
    root = filled(star(12))
    w = next(node for node in topological_order(root) if node.label == "w")
    assert not any("color=red" in line for line in chips(viz.draw(compare(root)), "w").values())
    w.grad = 99.0
    drawn = viz.draw(compare(root))
    assert all("color=red" in line for line in chips(drawn, "w").values())
    widths = {float(re.search(r"penwidth=([\d.]+)", line)[1]) for line in chips(drawn, "w").values()}
    assert max(widths) < WRONG.width
    assert f"penwidth={WRONG.width:g}" in card(drawn, "w")[1]


def filled(root: Value) -> Value:
    for node, gradient in gradients(root).items():
        node.grad = gradient
    return root


def test_the_uses_that_are_left_out_are_counted_on_the_card_too():
    drawn = viz.draw(recurrence(200))
    assert "w 200 uses" in text(card(drawn, "w")[1])
    assert "x 200 uses" in text(card(drawn, "x")[1])
    assert 8 < len(chips(drawn, "w")) < 199


def test_a_picture_of_many_forgotten_uses_shows_some_of_them():
    root = filled(recurrence(200))
    w = next(node for node in topological_order(root) if node.label == "w")
    consumer = next(node for node in reversed(topological_order(root)) if w in node.operands)
    w.grad = consumer.grad * consumer.operands[1].data  # only the last use is added
    source = viz.draw(compare(root)).source
    assert 8 <= len(re.findall("-> .*not added", source)) <= 20
    assert "w 200 uses" in text(source)


def test_a_weight_array_of_every_time_step_has_chips():
    with manual():
        w, h = array([[0.5, 0.1], [0.2, 0.3]], "W"), array([[1.0, 2.0]], "h0")
        for step in range(40):
            h = label((h @ w).tanh(), f"h{step + 1}")
        loss = (h * h).sum()
    loss.label = "loss"
    drawn = viz.draw(loss)
    assert len(chips(drawn, "W")) == 39
    assert "W (2, 2), 40 uses" in text(card(drawn, "W")[1])
    assert all("W card far left" in text(line) for line in chips(drawn, "W").values())


def test_a_graph_without_such_a_node_has_no_trace_of_them():
    source = viz.draw(star(8)).source
    assert "weight" not in source
    assert "rank=source" not in source


@pytest.mark.parametrize(
    ("make", "sizes", "limit"),
    [
        (recurrence, (200,), 600),
        (recurrence, (1000,), 150),
        (star, (150,), 150),
        (complete_layer, (40, 40), 150),
        (complete_layer, (40, 40), 600),
    ],
)
def test_any_graph_is_rendered_before_its_time_is_over(make, sizes, limit, monkeypatch, tmp_path):
    monkeypatch.setattr(dot_command, "DOT_BINARY", Path("dot"))
    svg = viz.save(compare(make(*sizes)), tmp_path / "a.svg", limit=limit).read_text(encoding="utf-8")
    assert "takes too long" not in " ".join(re.findall(r">([^<]*)</text>", svg))
