"""The graph of a kata: what its tests judge, to look at and to fill in."""

import random
import sys
from functools import partial

import numpy as np
import pytest

from handgrad import Status, compare, gradients, label
from handgrad.demos.katas.checking import hand_graph
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.graph_names import kata_graph_with_names
from handgrad.demos.katas.graphs import NoGraphError, kata_graph
from handgrad.graph import topological_order
from handgrad.viz.sheet import Sheet

COURSE = Course()


def test_it_is_what_the_tests_judge_first_with_nothing_filled_in(kata):
    found = kata_graph(kata)
    assert sorted(result.name for result in found) == ["L", "a", "b", "product"]
    assert {result.status for result in found} == {Status.MISSING}


@pytest.mark.parametrize(
    "name", ["add", "lecture", "diamond", "neuron", "mlp", "cross_entropy_steps", "batchnorm_steps"]
)
def test_every_kind_of_kata_has_a_graph_that_is_not_filled_in(name):
    comparison = kata_graph(COURSE[name])
    assert all(node.grad is None for node in topological_order(comparison.root) if not node.is_constant)
    assert comparison.missing


def test_a_failed_checks_numbers_stand_on_the_graph_that_they_are_of(kata):
    """Not on that of the first test, which has other numbers."""
    numbers = random.Random(3)
    a, b = numbers.uniform(2.5, 4.5), -numbers.uniform(5.5, 7.5)
    nodes = hand_graph(lambda a, b: (a, b, label(a * b, "product")), a=a, b=b)
    root = label(nodes[-1] + nodes[0], "L")
    truth = gradients(root)
    for node in topological_order(root):
        node.grad = truth[node] if node.label != "a" else -1.0
    found = kata_graph(kata, compare(root).to_dict())
    assert found.root.data == root.data
    assert [result.name for result in found.causes] == ["a"]


def test_each_call_makes_the_graph_anew_with_the_failed_checks_numbers_and_blanks():
    first = kata_graph(COURSE["lecture"])
    first.root.grad = 2.0
    failed = compare(first.root)
    again = kata_graph(COURSE["lecture"], failed.to_dict())
    assert again.root is not first.root
    assert [result.actual for result in again] == [result.actual for result in failed]
    assert again.causes


def test_a_failed_checks_arrays_stand_on_the_graph_too():
    first = kata_graph(COURSE["batchnorm_steps"])
    by_name = {result.name: result.node for result in first}
    by_name["out"].grad = 2.0 * gradients(first.root)[by_name["out"]]
    again = kata_graph(COURSE["batchnorm_steps"], compare(first.root).to_dict())
    assert [result.name for result in again.causes] == ["out"]


def test_numbers_of_another_graph_are_not_written_into_this_one(kata):
    failed = {"nodes": [{"name": "a", "data": 99.0, "actual": 1.0}]}
    assert {result.status for result in kata_graph(kata, failed)} == {Status.MISSING}


def test_the_modules_of_a_program_are_as_before(kata):
    marker = sys.modules["mine"] = object()
    try:
        kata_graph(kata)
        assert sys.modules.pop("mine") is marker
    finally:
        sys.modules.pop("mine", None)


def test_where_no_graph_is_judged_another_kata_is_named():
    with pytest.raises(NoGraphError, match="slope has no graph of its own"):
        kata_graph(COURSE["slope"])


def test_what_the_solution_prints_meanwhile_is_not_shown(kata, capsys):
    kata.solution.write_text("print('here')\n" + kata.solution.read_text("utf-8"), "utf-8")
    kata_graph(kata)
    assert capsys.readouterr().out == ""


def is_same(one, other):
    return np.shape(one) == np.shape(other) and np.allclose(one, other)


@pytest.mark.rest
@pytest.mark.parametrize("name", [kata.name for kata in COURSE.katas if kata.belt in ("arrays", "black", "gpt")])
def test_what_may_be_typed_besides_the_nodes_gives_no_gradient_away(name):
    try:
        graph, more = kata_graph_with_names(COURSE[name])
    except NoGraphError:
        return
    truth = gradients(graph.root)
    fixed = [node.data for node in topological_order(graph.root) if node.is_constant]
    hidden = [thing for thing in more.values() if np.shape(thing) and not any(map(partial(is_same, thing), fixed))]
    assert not [thing for thing in hidden if any(map(partial(is_same, thing), truth.values()))]


def test_the_sheet_of_a_kata_of_arrays_takes_the_names_of_its_test_and_begins_at_what_is_asked():
    graph, more = kata_graph_with_names(COURSE["wavenet"])
    sheet = Sheet(graph, more=more)
    assert "Begin at h2" in sheet.tasks["fill"]
    assert "such as h2.grad.sum(0) or 2 * h2" in sheet.tasks["fill"]
    assert sheet.handle({"do": "fill", "node": "h2", "text": "dtop"})["say"] == "h2: correct."


@pytest.mark.parametrize(
    ("name", "given"),
    [("block_heads", {"q", "k", "y"}), ("batchnorm_steps", {"out"}), ("lost_axis", set()), ("linear", set())],
)
def test_on_a_sheet_stands_what_the_test_gives_and_nothing_of_a_program_to_be_corrected(name, given):
    graph, _ = kata_graph_with_names(COURSE[name])
    assert {result.node.label for result in graph if result.status is Status.CORRECT} == given
    assert not graph.causes


def test_a_sheet_names_as_an_example_and_as_the_beginning_only_what_can_be_typed():
    graph, more = kata_graph_with_names(COURSE["mlp_batchnorm"])
    sheet = Sheet(graph, more=more)
    assert "Begin at hpreact" in sheet.tasks["fill"]
    example = sheet.tasks["fill"].partition("such as ")[2].partition(" or ")[0]
    assert "not there yet" not in sheet.handle({"do": "fill", "node": "bias", "text": example}).get("message", "")
