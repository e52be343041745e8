"""What a picture shows of a graph: which nodes have a card, and what is left out of a large one."""

from __future__ import annotations

import re

import numpy as np
import pytest

from handgrad import HandgradError, Status, Value, compare, gradients, label, manual, viz
from handgrad.arrays import array, fill
from handgrad.demos.makemore import model
from handgrad.errors import NotInGraphError
from handgrad.viz.errors import OptionError
from handgrad.viz.scene import MOST_ARRAYS, Survey, checked_limit, describe_omission

from .array_graphs import chain, random_network, small
from .drawn import attributes, cards, discs, edges, said
from .graphs import lecture


def test_a_big_graph_is_drawn_as_one_card_an_array_and_one_for_the_root(comparison):
    drawn = viz.draw(comparison)
    assert set(cards(drawn)) == {*model.INTERMEDIATES, comparison.results[0].name}
    assert not discs(drawn)


def test_a_small_graph_shows_its_operations_and_no_card_of_what_has_no_name():
    loss, *_ = small()
    loss.label = "loss"
    drawn = viz.draw(compare(loss))
    assert set(cards(drawn)) == {"x", "w", "y", "loss", "2"}
    assert discs(drawn) == ["@", "**", "sum"]
    declared = set(re.findall(r"^\t([no]\d+) \[", drawn.source, re.M))
    assert {end for edge in edges(drawn) for end in edge} == declared
    # From the operation of the squares, which have no card, to that of their sum.
    assert re.search(r"o\d+ -> o\d+", drawn.source)


def test_what_is_filled_in_by_hand_has_a_card_without_a_name_too():
    loss, *_ = small()
    (squares,) = loss.operands
    loss.grad = 1.0
    assert len(cards(viz.draw(compare(loss)))) == 5
    fill(squares, [[1.0], [1.0]])
    assert len(cards(viz.draw(compare(loss)))) == 6


def test_without_labels_every_node_has_a_card_with_its_shape_beside_its_operation():
    loss, *_ = random_network(named=False)
    drawn = viz.draw(loss)
    assert len(cards(drawn)) == 7
    assert discs(drawn) == ["@", "tanh", "**", "mean"]
    assert "(3, 2)" in drawn.source


def test_without_labels_one_label_leaves_the_named_ones_alone():
    loss, *_ = random_network(named=True)
    assert set(cards(viz.draw(loss))) == {"w", "2", compare(loss).results[0].name}


def test_without_labels_a_wrong_array_is_red():
    loss, _, w = random_network(named=False)
    fill(w, -w.grad)
    comparison = compare(loss)
    red = [name for name, line in cards(viz.draw(comparison)).items() if "color=red" in attributes(line)]
    assert red == [comparison[w].name]


def test_without_labels_a_big_graph_is_cut_to_its_causes():
    x = h = array(np.linspace(0.5, 1.0, 4))
    for _ in range(200):
        h = np.tanh(h)
    loss = h.sum()
    loss.backward()
    fill(x, x.grad + 1.0)
    comparison = compare(loss)
    drawn = viz.draw(comparison)
    assert comparison[x].name in cards(drawn)
    assert "mistakes: 1 of 1" in said(drawn.source)


def test_more_arrays_than_the_limit_are_cut_to_the_cause_and_what_is_near_it(comparison):
    drawn = viz.draw(comparison, limit=5)
    assert "bndiff" in cards(drawn)
    assert len(cards(drawn)) == 5
    assert "Showing 5 of 27 arrays and numbers; mistakes: 1 of 1" in said(drawn.source)


def test_a_hundred_arrays_are_cut_to_those_around_the_cause():
    loss, _ = chain(100, wrong=40)
    drawn = viz.draw(compare(loss))
    assert {"h40", "h41", "h39", "loss"} <= set(cards(drawn))
    assert len(cards(drawn)) < 12
    assert len(cards(viz.draw(loss))) == MOST_ARRAYS
    assert f"Showing {MOST_ARRAYS} of 102 arrays and numbers." in said(viz.draw(loss).source)


def test_around_an_array_the_arrays_near_it_are_drawn(exercise, comparison):
    drawn = viz.draw(comparison, around=exercise.values.hpreact)
    assert {"hpreact", "h", "logits", "bnraw", "bngain", "bnbias"} <= set(cards(drawn))
    assert {"C", "logprobs"}.isdisjoint(cards(drawn))
    assert viz.draw(comparison, around=[exercise.values.hpreact]).source == drawn.source


def test_around_an_array_without_a_label_it_has_a_card_too():
    loss, *_ = small()
    (squares,) = loss.operands
    assert compare(loss)[squares].name in cards(viz.draw(compare(loss), around=squares))


def test_around_an_array_of_another_graph_is_refused_by_name():
    with pytest.raises(NotInGraphError, match="stranger"):
        viz.draw(small()[0], around=array([1.0], label="stranger"))


@pytest.mark.parametrize("options", [{"rankdir": "up"}, {"limit": 0}, {"around": []}, {"around": 3}])
def test_an_option_that_means_nothing_is_refused(comparison, options):
    with pytest.raises(OptionError):
        viz.draw(comparison, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"rankdir": "UP"}, "LR, TB, RL, BT"), ({"limit": 0}, "1 or more"), ({"around": []}, "a node of the graph")],
)
def test_an_option_that_means_nothing_is_refused_with_what_is_allowed(options, words):
    with pytest.raises(ValueError, match=words) as caught:
        viz.draw(lecture(), **options)
    assert isinstance(caught.value, HandgradError)


@pytest.mark.parametrize("target", [3.0, None, "loss", [Value(1.0)]])
def test_what_is_neither_a_value_nor_a_comparison_is_refused_with_what_to_give(target):
    with pytest.raises(TypeError, match="takes a Value or a Comparison") as caught:
        viz.draw(target)
    assert isinstance(caught.value, HandgradError)


def numbered(length):
    """A chain of numbers h0, h1 ..., its gradients right."""
    h = Value(0.5, "x")
    nodes = []
    for place in range(length):
        h = label(h * 1.1, f"h{place}")
        nodes.append(h)
    h.backward()
    return h, nodes


def test_of_a_large_graph_that_is_right_it_is_said_how_much_is_shown():
    loss, _ = numbered(30)
    shown = Survey(loss, None).scene(10)
    assert len(shown.view.numbers) == 10
    assert describe_omission(shown).startswith("Showing ")
    assert describe_omission(shown).endswith(" of 31 nodes.")
    assert describe_omission(Survey(loss, None).scene(100)) == ""


def test_what_is_left_out_is_counted_by_verdict():
    loss, nodes = numbered(30)
    nodes[20].grad += 1.0
    nodes[3].grad = None
    shown = Survey(compare(loss), None).scene(10)
    assert describe_omission(shown) == "Showing 7 of 31 nodes; mistakes: 1 of 1, not filled in: 0 of 1."


def test_around_a_mistake_its_consumers_and_operands_are_shown_to_two_edges():
    loss, nodes = numbered(40)
    nodes[20].grad += 1.0
    shown = Survey(compare(loss), None).scene(30)
    names = {node.label for node in shown.view.numbers if not node.is_constant}
    assert {"h18", "h19", "h20", "h21", "h22", "h39"} <= names
    assert names.isdisjoint({"h16", "h24"})


def test_a_cut_picture_starts_from_one_mistake_in_ten_nodes():
    loss, nodes = numbered(60)
    for node in nodes[::3]:
        node.grad += 1.0
    comparison = compare(loss)
    assert len(comparison.causes) > 4
    shown = Survey(comparison, None).scene(20)
    assert sum(comparison[node].status is Status.WRONG for node in shown.view.numbers) >= 2


def test_without_a_cause_a_cut_picture_starts_at_what_is_not_filled_in():
    loss, nodes = numbered(40)
    nodes[5].grad = None
    shown = Survey(compare(loss), None).scene(15)
    assert "h5" in {node.label for node in shown.view.numbers}


@pytest.mark.parametrize("limit", [0, -1, 2.5, "5", None])
def test_a_limit_that_is_no_count_is_refused(limit):
    with pytest.raises(OptionError, match="how many nodes may be drawn, 1 or more"):
        checked_limit(limit)


def test_a_limit_of_one_is_one_node():
    assert checked_limit(1) == 1
    assert len(Survey(numbered(9)[0], None).scene(1).view.numbers) == 1


def test_the_titles_of_the_numbers_are_those_of_the_comparison():
    loss, _ = numbered(2)
    assert Survey(loss, None).scene(9).titles == ("grad", "")
    assert Survey(compare(loss), None).scene(9).titles == ("grad", "expected")


def test_whether_a_backward_pass_has_started_is_seen_at_the_root():
    y = Value(2.0, "x") * 3.0
    assert not Survey(y, None).scene(9).has_grads
    y.backward()
    assert Survey(y, None).scene(9).has_grads


def test_a_graph_of_up_to_thirty_two_nodes_by_array_shows_its_operations():
    for length, is_contracted in ((10, False), (11, True)):
        loss, _ = chain(length)
        assert Survey(loss, None).scene(150).is_contracted is is_contracted


def test_an_entry_taken_out_of_an_array_is_refused_with_how_to_name_it():
    loss, x, *_ = small()
    with pytest.raises(OptionError, match=r"\(x, \(0, 3\)\) for an entry of x: x\[0, 3\] is a node of its own"):
        Survey(loss, x[0, 0])


def test_what_was_forgotten_is_shown_though_it_is_far_from_the_mistake():
    with manual():
        w = Value(0.5, "w")
        early = label(w * 2.0, "early")
        h = early
        for place in range(40):
            h = label(h * 1.1, f"h{place}")
        loss = label(h + label(w * 3.0, "late"), "loss")
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    w.grad = 3.0  # of the early use nothing is added
    comparison = compare(loss)
    assert comparison[w].slip.edges == ((early, 0),)
    shown = {node.label for node in Survey(comparison, None).scene(12).view.numbers}
    assert {"w", "early", "loss"} <= shown


def test_what_was_forgotten_through_an_array_without_a_name_is_no_card_of_its_own():
    x = array(np.linspace(-1.0, 1.0, 6), label="x")
    h = label(np.maximum(0.1 * x, x), "h0")
    for place in range(1, 20):
        h = label(np.tanh(h * 1.5), f"h{place}")
    loss = label(h.sum(), "loss")
    loss.backward()
    fill(x, np.where(x.data > 0, x.grad, 0.0))
    comparison = compare(loss)
    assert comparison[x].slip.kind == "missing-path"
    assert {"x", "h0", "loss"} <= set(cards(viz.draw(comparison, limit=8)))
