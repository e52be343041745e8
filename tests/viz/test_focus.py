"""What is drawn of a graph that is too big to be drawn whole."""

from __future__ import annotations

import re

import pytest

from handgrad import Value, compare, manual, viz
from handgrad.errors import NotInGraphError

from .graphs import TWO_MISTAKES, lecture, perceptron


def drawn_nodes(source: str) -> int:
    return len(re.findall(r"^\tn\d+ \[", source, re.M))


def test_a_graph_up_to_the_limit_is_drawn_whole():
    source = viz.draw(lecture(), limit=7).source
    assert drawn_nodes(source) == 7
    assert "Showing" not in source
    assert "more" not in source


def test_a_big_graph_shows_what_is_nearest_to_its_root_and_counts_the_rest():
    root = perceptron(1000, wrong=0)
    source = viz.draw(root).source
    assert drawn_nodes(source) == 150
    assert f"Showing 150 of {3 * 1000 + 2:,} nodes." in source
    assert "tooltip=loss" in source


def test_a_big_comparison_shows_its_causes_first_and_counts_them():
    comparison = compare(perceptron(1000, wrong=40))
    source = viz.draw(comparison, limit=100).source
    assert drawn_nodes(source) <= 100
    names = [result.name for result in comparison.causes[:10]]
    assert all(re.search(rf'tooltip="?{re.escape(name)}"?\]', source) for name in names)
    assert "tooltip=loss" in source
    assert re.search(rf"Showing \d+ of 3,002 nodes; mistakes: \d+ of {len(comparison.causes)}", source)


def test_a_cause_far_from_the_root_is_shown_with_its_consumers_and_operands():
    root = perceptron(1000, wrong=0)
    node = root
    while not node.operands[0].is_leaf:
        node = node.operands[0]
    node.grad += 1.0
    source = viz.draw(compare(root)).source
    assert source.count("color=red") == 1
    assert "mistakes: 1 of 1" in source
    assert "tooltip=start" in source


def test_without_a_cause_the_first_nodes_to_fill_in_are_shown():
    root = perceptron(1000, wrong=0)
    root.operands[0].grad = None
    assert "not filled in: 1 of 1" in viz.draw(compare(root)).source


def test_a_cut_edge_ends_in_a_stub_that_counts_what_is_left_out():
    w = Value(2.0, "w")
    total = w * 1.0
    for _ in range(500):
        total = total + w * 3.0
    assert re.search(r"\.\.\. 4\d\d more", viz.draw(total, limit=30).source)


def test_around_zooms_into_the_neighbourhood_of_a_node_even_in_a_small_graph():
    root = lecture(TWO_MISTAKES)
    c = root.operands[0].operands[1]
    source = viz.draw(compare(root), around=c).source
    assert "tooltip=c" in source
    assert "tooltip=f" not in source
    assert viz.draw(compare(root), around=[c]).source == source


def test_the_nodes_shown_are_counted_as_the_table_counts_them():
    with manual():
        a, b = Value(2.0, "a"), Value(3.0, "b")
        root = ((a * 2 + 1) * b).exp()
    comparison = compare(root)
    assert "6 nodes: 6 missing." in str(comparison)
    source = viz.draw(comparison, around=a, limit=4).source
    assert drawn_nodes(source) == 4
    assert "Showing 3 of 6 nodes; not filled in: 3 of 6." in source


def test_around_a_node_of_another_graph_is_refused_by_name():
    with pytest.raises(NotInGraphError, match="stranger"):
        viz.draw(lecture(), around=Value(1.0, "stranger"))


def test_the_limit_holds_where_there_are_more_causes_than_that():
    assert drawn_nodes(viz.draw(compare(perceptron(1000, wrong=900)), limit=5).source) == 5


def test_a_chain_of_thousands_of_nodes_with_many_mistakes_is_drawn_in_part(tmp_path):
    comparison = compare(perceptron(2000, wrong=200))
    viz.save(comparison, tmp_path / "big.svg")
    assert drawn_nodes(viz.draw(comparison).source) < 200
