"""`probe` of a function that builds a graph: it is run again, and nothing of it stays."""

import itertools

import pytest

from handgrad import Status, Value, probe
from handgrad.adapters.errors import OwnGraphError, UnreadableGraphError

from .cases import MUL, build_of, load

WRONG_EXP = ("def exp", "out.data * out.grad", "self.data * out.grad")


def test_nodes_that_were_there_before_are_judged_and_stay_as_they_were(tmp_path):
    engine = load("closures", tmp_path, WRONG_EXP)
    w, x = engine.Value(0.4, label="w"), engine.Value(1.5, label="x")
    x.grad = 7.0
    found = probe(build_of(lambda: (w * x).exp() * w))
    assert [cause.source.text for cause in found.causes] == ["self.grad += self.data * out.grad"]
    assert "+            self.grad += out.data * out.grad" in found.patch
    assert found[x].status is Status.CARRIED
    assert (w.data, w.grad, x.data, x.grad) == (0.4, 0.0, 1.5, 7.0)


def test_of_a_finished_graph_the_line_is_told_and_no_change_is_tried(tmp_path):
    engine = load("closures", tmp_path, WRONG_EXP)
    root = engine.Value(0.4).exp() * 2.0
    root.backward()
    found = probe(root)
    assert [cause.source.text for cause in found.causes] == ["self.grad += self.data * out.grad"]
    assert not found.patch


def test_a_rule_that_is_right_for_an_upstream_gradient_of_1_alone_is_found(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.data * out.grad", "other.data / out.grad"))
    found = probe(build_of(lambda: engine.Value(2.5) * engine.Value(-3.0)))
    (cause,) = found.causes
    assert cause.source.text == "self.grad += other.data / out.grad"
    assert "+            self.grad += other.data * out.grad" in found.patch


def test_a_function_that_does_not_walk_back_is_walked_back():
    engine = load("closures")
    found = probe(engine.program)
    assert found.ok, str(found)
    assert found.counts[Status.CORRECT] > 5


def test_a_function_that_builds_another_graph_each_time_is_judged_by_the_last(tmp_path):
    engine = load("closures", tmp_path, WRONG_EXP)
    turns = itertools.count(1)

    def build():
        root = engine.Value(0.3)
        for _ in range(next(turns)):
            root = root.exp()
        root.backward()
        return root

    found = probe(build)
    assert [cause.source.text for cause in found.causes] == ["self.grad += self.data * out.grad"]


def test_what_is_added_twice_by_one_rule_is_told(tmp_path):
    twice = "self.grad += out.grad\n            self.grad += out.grad"
    engine = load("closures", tmp_path, ("def __add__", "self.grad += out.grad", twice))
    (cause,) = probe(build_of(lambda: engine.Value(2.0) + 3.0)).causes
    assert cause.slip.kind == "double"
    assert cause.source.text == "self.grad += out.grad"


@pytest.mark.parametrize("thing", [None, 3.0, "loss"])
def test_a_function_that_gives_no_node_is_refused(thing):
    with pytest.raises(UnreadableGraphError, match="has no data that can be read"):
        probe(lambda: thing)


def test_a_function_that_builds_a_graph_of_ours_is_sent_to_compare():
    with pytest.raises(OwnGraphError, match="compare"):
        probe(lambda: Value(2.0) * 3.0)
