"""What a front end brings becomes a comparison in one way."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Comparison, Status, compare, label, manual
from handgrad.adapters.reading import Cause, blame
from handgrad.arrays import array
from handgrad.repair.source import Source
from handgrad.slips.slip import Slip
from tests.engine.slips.lecture import filled

CAUSE = Cause(Slip("rule", "its slope is another one"), Source("theirs.py", 3, "self.grad += 1"))


@pytest.fixture
def nodes():
    return filled(d=2.0, c=2.0, e=2.0, b=-4.0, a=4.0)


def told(nodes, *causes, judged=("L", "f", "d", "c", "e", "a"), **more):
    graph = compare(nodes["L"]).evidence
    found = {nodes[name]: CAUSE for name in causes}
    return Comparison(blame(graph, found, frozenset(nodes[name] for name in judged), **more))


def test_what_was_shown_is_the_cause_and_what_else_is_off_is_carried(nodes):
    comparison = told(nodes, "d")
    assert [result.name for result in comparison.causes] == ["d"]
    assert comparison[nodes["d"]].slip is CAUSE.slip
    assert comparison[nodes["d"]].source == ("theirs.py", 3, "self.grad += 1")
    assert {comparison[nodes[name]].status for name in "cea"} == {Status.CARRIED}
    assert comparison[nodes["f"]].status is Status.CORRECT


def test_a_number_that_is_right_may_show_a_mistake_all_the_same(nodes):
    assert [result.name for result in told(nodes, "f", "d").causes] == ["f", "d"]


def test_what_cannot_be_judged_is_skipped_unless_it_is_a_cause(nodes):
    comparison = told(nodes, "a", judged=("L", "f"))
    assert comparison[nodes["e"]].status is Status.SKIPPED
    assert comparison[nodes["a"]].status is Status.WRONG


def test_where_nothing_was_shown_nobody_is_accused(nodes):
    comparison = told(nodes)
    assert comparison.ok
    assert comparison.wrong == ()
    assert comparison[nodes["d"]].status is Status.SKIPPED


def test_it_says_its_remarks(nodes):
    assert told(nodes, remarks=["One.", "", "Two."]).remark == "One. Two."


def test_of_an_array_the_entries_that_are_off_are_the_cause_and_all_of_them_where_none_is():
    with manual():
        x = array([1.0, 2.0, 3.0], "x")
        h = label(x * 2.0, "h")
        loss = (h * h).sum()
    loss.grad, h.grad, x.grad = 1.0, np.array([4.0, 8.0, 0.0]), np.array([8.0, 16.0, 0.0])
    graph = compare(loss, typed=False).evidence
    comparison = Comparison(blame(graph, {h: CAUSE}, frozenset([h, x])))
    assert [comparison[h][place].status for place in range(3)] == [Status.CORRECT, Status.CORRECT, Status.WRONG]
    assert [comparison[x][place].status for place in range(3)] == [Status.CORRECT, Status.CORRECT, Status.CARRIED]
    h.grad, x.grad = np.array([4.0, 8.0, 12.0]), np.array([8.0, 16.0, 24.0])
    graph = compare(loss, typed=False).evidence
    assert Comparison(blame(graph, {h: CAUSE}, frozenset([h])))[h].wrong == 3
