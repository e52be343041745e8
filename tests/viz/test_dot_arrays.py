"""The DOT text of a picture of arrays: its edges, and the rules beside them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, viz
from handgrad.arrays import array, fill
from handgrad.viz.errors import OptionError

from .array_graphs import chain, small
from .drawn import cards, edges, said


def test_edges_run_from_operands_to_what_is_computed_from_them(comparison):
    drawn = viz.draw(comparison)
    ids = {name: re.match(r"\t(\w+) ", line)[1] for name, line in cards(drawn).items()}
    output = comparison.results[0].name
    for operand, consumer in [("bndiff", "bndiff2"), ("bndiff", "bnraw"), ("C", "emb"), ("logprobs", output)]:
        assert (ids[operand], ids[consumer]) in edges(drawn)
    assert (ids["bndiff2"], ids["bnraw"]) not in edges(drawn)


def test_a_use_that_is_not_added_is_a_red_edge_that_says_so(comparison):
    drawn = viz.draw(comparison)
    ids = {re.match(r"\t(\w+) ", line)[1]: name for name, line in cards(drawn).items()}
    red = [line for line in drawn.source.splitlines() if "->" in line and "color=red" in line]
    assert [[ids[end] for end in re.findall(r"n\d+", line)] for line in red] == [["bndiff", "bndiff2"]]
    assert "not added" in red[0]


def test_an_edge_that_stands_for_another_use_too_is_not_called_lost():
    x = array([1.0, 2.0], label="x")
    y = label(x + np.exp(x), "y")
    loss = label(y.sum(), "loss")
    loss.backward()
    fill(x, np.exp(x.data))
    comparison = compare(loss)
    assert comparison[x].slip.edges == ((y, 0),)
    assert "not added" in re.sub(r"label=<.*>", "", viz.draw(comparison).source)
    assert "not added" not in re.sub(r"label=<.*>", "", viz.draw(comparison, limit=3).source)


def test_the_squares_are_explained_only_where_one_is_dark(comparison):
    loss, _ = chain(1)
    assert "A square is one entry" in said(viz.draw(comparison).source)
    assert "A square is one entry" not in said(viz.draw(comparison, legend=False).source)
    assert "A square" not in said(viz.draw(compare(loss)).source)


def test_the_same_program_gives_the_same_text():
    assert viz.draw(compare(small()[0])).source == viz.draw(compare(small()[0])).source


def test_a_mask_of_minus_infinity_is_drawn():
    scores = array(np.arange(9.0).reshape(3, 3), label="scores")
    masked = label(scores + np.triu(np.full((3, 3), -np.inf), 1), "masked")
    weights = label(np.exp(masked), "weights")
    loss = (weights / weights.sum(axis=1, keepdims=True) * weights).sum()
    loss.backward()
    assert {"scores", "masked", "weights"} < set(cards(viz.draw(compare(loss), derivatives=True)))


def test_between_arrays_the_rule_stands_on_the_edge_in_the_names_of_the_nodes():
    loss, *_ = small()
    source = viz.draw(loss, derivatives=True).source
    assert '"upstream @ w^T"' in source
    assert '"x^T @ upstream"' in source
    assert set(re.findall(r'-> \w+ \[label="?([^"\]]*)', source)) == {
        "upstream @ w^T",
        "x^T @ upstream",
        "2*y^(2-1)",
        "1",
    }
    assert "upstream" not in viz.draw(loss).source


def test_an_expression_in_a_rule_stands_in_brackets():
    x, w = array([[1.0, 2.0]], label="x"), array([[0.5], [-2.0]], label="w")
    assert '"2*(x@w)^(2-1)"' in viz.draw(((x @ w) ** 2).sum(), derivatives=True).source


def test_what_has_neither_a_card_nor_a_short_name_is_left_open():
    x = array([1.0, 2.0], label="a_long_name_for_it")
    loss = np.tanh(x * x * x + 1).sum()
    assert '"1 - tanh(...)^2"' in viz.draw(loss, derivatives=True).source


def test_where_an_operation_has_no_rule_every_edge_is_drawn_without_one():
    values = [Value(number, name) for number, name in ((1.0, "a"), (2.0, "b"), (3.0, "c"))]
    gathered = array(values, label="gathered")
    source = viz.draw((gathered * 2).sum(), derivatives=True).source
    (disc,) = re.findall(r"\t(o\d+) \[.*tooltip=array", source)
    assert re.findall(rf"(n\d) -> {disc}(.*)", source) == [("n0", ""), ("n1", ""), ("n2", "")]


def test_a_picture_without_operations_refuses_them(comparison):
    with pytest.raises(OptionError, match=r"derivatives=True means nothing here\. Write .*no operations"):
        viz.draw(comparison, derivatives=True)


def test_drawing_changes_no_gradient():
    loss, *arrays = small()
    before = [None if node.grad is None else node.grad.copy() for node in arrays]
    viz.draw(compare(loss), reveal=True, derivatives=True)
    viz.draw(compare(loss), around=(arrays[0], (0, 1)))
    for node, grad in zip(arrays, before):
        assert np.array_equal(node.grad, grad) if grad is not None else node.grad is None
    assert gradients(loss)[arrays[0]].shape == (2, 2)


def test_where_nothing_is_lost_no_edge_says_so():
    loss, _ = chain(20)
    for target in (loss, compare(loss)):
        source = viz.draw(target).source
        assert "->" in source
        assert "not added" not in source
