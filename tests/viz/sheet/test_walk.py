"""The backward pass by messages: watched step by step, and said before it is shown."""

import re

import pytest

from handgrad import Value, compare, gradients, manual
from handgrad.graph import topological_order
from tests.graphs import random_graph

from ..graphs import lecture, recurrence
from .asking import ask, sheet_of


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


@pytest.mark.parametrize("seed", range(30))
def test_a_sum_is_shown_in_numbers_that_add_up(seed):
    for step in ask(sheet_of(random_graph(seed, leaves=2, steps=8)), "steps")["steps"]:
        found = re.search(r"Use \d+ of \d+: (\S+) \+ \(?([^\s)]+)\)? = (\S+),", step["say"])
        if found:
            before, added, total = map(float, found.groups())
            assert before + added == pytest.approx(total, rel=1e-5, abs=1e-12)


def test_the_end_of_the_walk_says_what_was_walked():
    assert "the whole pass" in ask(sheet_of(lecture()), "steps")["end"]
    with manual():
        root = recurrence(100)
    assert "the pass over what is shown" in ask(sheet_of(root), "steps")["end"]
    with manual():
        x = Value(1.5, "x")
        L = x + 0.0
        for _ in range(2100):
            L = L + x
    L.label = "L"
    reply = ask(sheet_of(L), "steps")
    assert len(reply["steps"]) == 2000
    assert "gradients(root) is the whole pass" in reply["end"]
