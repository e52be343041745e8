"""The picture of one entry of an array: the numbers that its gradient is the sum of."""

from __future__ import annotations

import re

import graphviz
import numpy as np
import pytest

from handgrad import Value, compare, gradients, label, manual, viz
from handgrad.arrays import array
from handgrad.errors import NotInGraphError
from handgrad.viz.errors import OptionError
from handgrad.viz.focus import MOST_NEIGHBOURS

from .drawn import attributes, cards, said
from .graphs import lecture


def product(grads: dict[str, object] | None = None):
    """y = x @ w and a loss of 3*y0 + 5*y1; the gradients are right but for those given."""
    with manual():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], label="x"), array([[0.5], [-2.0]], label="w")
        y = label(x @ w, "y")
        loss = label((y * np.array([[3.0], [5.0]])).sum(), "loss")
    found = gradients(loss)
    for node in (x, w, y, loss):
        node.grad = (grads or {}).get(node.label, found[node])
    return loss, x, w, y


def edge_labels(drawn: graphviz.Digraph) -> list[str]:
    return re.findall(r'-> \w+ \[.*?label="([^"]*)"', drawn.source)


def test_both_ways_to_name_an_entry_give_the_same_picture():
    loss, _, w, _ = product()
    comparison = compare(loss)
    source = viz.draw(comparison, around=(w, (1, 0))).source
    assert viz.draw(comparison, around=comparison[w][1, 0]).source == source
    assert viz.draw(comparison, around=(w, (-1, -1))).source == source
    assert viz.draw(comparison, around=(w, tuple(np.argwhere(w.data < 0.0)[0]))).source == source


def test_it_shows_the_entry_and_the_entries_computed_from_it_as_numbers():
    loss, _, w, _ = product()
    drawn = cards(viz.draw(compare(loss), around=(w, (1, 0))))
    assert set(drawn) == {"w[1, 0]", "y[0, 0]", "y[1, 0]"}
    assert ">-2<" in drawn["w[1, 0]"]
    assert ">3<" in drawn["y[0, 0]"]


def test_each_edge_says_what_is_passed_back_and_how_it_comes_about():
    loss, _, w, _ = product()
    # dw[1, 0] = x[0, 1] * dy[0, 0] + x[1, 1] * dy[1, 0], with the learner's own dy.
    assert edge_labels(viz.draw(compare(loss), around=(w, (1, 0)))) == ["2 \u00d7 3 = 6", "-1 \u00d7 5 = -5"]
    loss, _, w, _ = product({"y": [[3.0], [7.0]]})
    assert edge_labels(viz.draw(compare(loss), around=(w, (1, 0)))) == ["2 \u00d7 3 = 6", "-1 \u00d7 7 = -7"]


def test_a_wrong_entry_is_heavy_red_with_the_slip_of_its_array():
    loss, _, w, _ = product({"w": [[-18.0], [-1.0]]})
    comparison = compare(loss)
    line = cards(viz.draw(comparison, around=(w, (0, 0))))["w[0, 0]"]
    slip = comparison[w].slip
    assert "color=red" in attributes(line)
    assert "penwidth=3" in attributes(line)
    assert slip is not None
    assert slip.message.removeprefix("w: ") in said(line)


def test_an_entry_that_only_follows_is_dashed_and_its_cause_heavy():
    loss, _, w, _ = product({"y": [[3.0], [7.0]], "w": [[24.0], [-1.0]]})
    drawn = cards(viz.draw(compare(loss), around=(w, (0, 0))))
    assert "dashed" in attributes(drawn["w[0, 0]"])
    assert "penwidth=3" in attributes(drawn["y[1, 0]"])
    assert "color=red" not in attributes(drawn["y[0, 0]"])


def test_the_expected_number_and_the_sum_stand_there_only_when_revealed():
    loss, _, w, _ = product({"w": [[1.0], [2.0]]})
    plain, revealed = (viz.draw(compare(loss), around=(w, (1, 0)), reveal=reveal) for reveal in (False, True))
    assert "expected" not in plain.source
    assert "add up to" not in said(plain.source)
    assert ">1<" in cards(revealed)["w[1, 0]"]
    assert "All contributions add up to 1." in said(revealed.source)


def test_a_use_that_is_not_added_is_a_red_edge_that_says_so(exercise, comparison):
    assert comparison[exercise.values.bndiff].slip.edges
    source = viz.draw(comparison, around=(exercise.values.bndiff, (3, 5))).source
    red = [line for line in source.splitlines() if "->" in line and "color=red" in line]
    assert len(red) == 1
    assert "not added" in red[0]


def test_only_the_largest_contributions_are_drawn_and_the_foot_counts_them():
    x = array(np.arange(1.0, 31.0).reshape(30, 1), label="x")
    w = array([[2.0]], label="w")
    loss = label(label(x @ w, "y").sum(), "loss")
    loss.backward()
    drawn = viz.draw(compare(loss), around=(w, (0, 0)))
    shown = {f"y[{row}, 0]" for row in range(30 - MOST_NEIGHBOURS, 30)}
    assert set(cards(drawn)) == {"w[0, 0]", *shown}
    assert f"Showing the {MOST_NEIGHBOURS} largest of 30 contributions." in said(drawn.source)
    assert len(cards(viz.draw(compare(loss), around=(w, (0, 0)), limit=3))) == 3


def test_an_entry_used_twice_by_one_has_two_edges_into_one_card():
    x = array([3.0, 4.0], label="x")
    loss = label(x * x, "y").sum()
    loss.backward()
    drawn = viz.draw(compare(loss), around=(x, (1,)))
    assert set(cards(drawn)) == {"x[1]", "y[1]"}
    assert edge_labels(drawn) == ["4 \u00d7 1 = 4"] * 2
    assert len(re.findall(r"^\t[no]\d+ \[", drawn.source, re.M)) == 3
    assert viz.draw(compare(loss), around=(x, 1)).source == drawn.source


def test_a_number_computed_from_the_entry_is_a_card_too():
    x = array([3.0, 4.0], label="x")
    loss = label(x.sum(), "loss")
    loss.backward()
    assert set(cards(viz.draw(compare(loss), around=(x, (1,))))) == {"x[1]", "loss"}


def test_what_an_unfilled_one_passes_back_is_taken_from_further_up():
    loss, _, w, y = product()
    y.grad = None
    drawn = viz.draw(compare(loss), around=(w, (1, 0)))
    assert edge_labels(drawn) == ["2 \u00d7 3 = 6", "-1 \u00d7 5 = -5"]
    assert ">?<" in cards(drawn)["y[0, 0]"]


def test_an_entry_that_the_root_does_not_depend_on_says_so():
    x = array([3.0, 4.0], label="x")
    loss = label(x[0] * 2, "loss")
    loss.backward()
    drawn = viz.draw(compare(loss), around=(x, (1,)))
    assert set(cards(drawn)) == {"x[1]"}
    assert "loss does not depend on x[1]." in said(drawn.source)


def test_an_entry_of_a_product_without_a_name_is_written_in_brackets():
    x, w = array([[1.0, 2.0]], label="x"), array([[0.5], [-2.0]], label="w")
    loss = np.tanh(x @ w).sum()
    loss.backward()
    assert "(x@w)[0, 0]" in cards(viz.draw(compare(loss), around=(w, (1, 0))))


@pytest.mark.parametrize(("grad", "shown"), [([[np.nan], [1.0]], "nan"), ([1.0], "?"), ("one", "?")])
def test_what_is_no_number_is_shown_as_it_is(grad, shown):
    loss, _, w, _ = product({"w": grad})
    line = cards(viz.draw(compare(loss), around=(w, (0, 0))))["w[0, 0]"]
    assert f">{shown}<" in line
    assert "color=red" in attributes(line)


def test_an_entry_in_a_hundred_thousand_is_drawn(tmp_path):
    rng = np.random.default_rng(0)
    x, w = array(rng.normal(size=(8, 500)), label="x"), array(rng.normal(size=(500, 200)), label="w")
    loss = label(x @ w, "y").sum()
    loss.backward()
    drawn = viz.draw(compare(loss), around=(w, (300, 1)))
    assert {f"y[{row}, 1]" for row in range(8)} < set(cards(drawn))
    assert edge_labels(drawn)[0].startswith(f"{x.data[0, 300]:.6g} \u00d7 1 = ")


@pytest.mark.parametrize(
    ("index", "words"),
    [((0, 9), "shape is (2, 1)"), ((0,), "shape is (2, 1)"), ("a", "shape is (2, 1)"), (0, "shape is (2, 1)")],
)
def test_an_entry_that_there_is_not_is_refused_with_the_shape(index, words):
    loss, _, w, _ = product()
    with pytest.raises(OptionError, match=re.escape(words)):
        viz.draw(compare(loss), around=(w, index))


def test_a_graph_that_is_not_compared_is_refused_with_what_to_give():
    loss, _, w, _ = product()
    with pytest.raises(OptionError, match=r"Write compare\(loss\) as the first argument"):
        viz.draw(loss, around=(w, (0, 0)))


def test_an_entry_of_a_number_or_of_another_graph_is_refused():
    root = lecture()
    with pytest.raises(OptionError, match="Write L alone"):
        viz.draw(compare(root), around=(root, (0,)))
    with pytest.raises(NotInGraphError, match="stranger"):
        viz.draw(compare(lecture()), around=(array([1.0], label="stranger"), (0,)))


def test_an_entry_taken_out_of_the_array_is_refused_with_the_way_to_name_it():
    loss, _, w, _ = product()
    with pytest.raises(OptionError, match=r"Write \(w, \(0, 3\)\) for an entry of w"):
        viz.draw(compare(loss), around=w[0, 0])


def test_two_nodes_in_a_tuple_are_two_nodes():
    with manual():
        a, b = Value(2.0, "a"), Value(3.0, "b")
        root = a * b
    assert {"a", "b"} <= set(cards(viz.draw(compare(root), around=(a, b))))


def test_a_mask_of_minus_infinity_passes_nothing_back():
    scores = array(np.array([1.0, 2.0, 3.0]), label="scores")
    masked = label(scores + np.array([0.0, 0.0, -np.inf]), "masked")
    weights = label(np.exp(masked), "weights")
    loss = label((weights / weights.sum()).sum() + weights.sum(), "loss")
    loss.backward()
    drawn = viz.draw(compare(loss), around=(masked, (2,)))
    assert ">-inf<" in cards(drawn)["masked[2]"]
    assert "loss does not depend on masked[2]." in said(drawn.source)


def test_the_picture_is_rendered_in_the_direction_asked_for(tmp_path):
    loss, _, w, _ = product()
    drawn = viz.draw(compare(loss), around=(w, (0, 0)), rankdir="TB")
    assert "rankdir=TB" in drawn.source
    assert viz.save(drawn, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "correct" not in viz.draw(compare(loss), around=(w, (0, 0)), legend=False).source
