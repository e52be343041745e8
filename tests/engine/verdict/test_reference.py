"""Gradients to hold others to."""

from __future__ import annotations

import pytest

from handgrad import StaleGraphError, Status, compare, gradients
from handgrad.verdict.rounding import Reference

from ..slips.lecture import filled


def test_it_is_a_mapping_from_nodes_to_gradients() -> None:
    nodes = filled()
    reference = Reference({nodes["a"]: 6.0})
    assert reference[nodes["a"]] == 6.0
    assert (list(reference), len(reference)) == ([nodes["a"]], 1)
    assert nodes["b"] not in reference
    with pytest.raises(KeyError):
        reference[nodes["b"]]


def test_a_number_is_right_that_is_off_by_no_more_than_the_reference_itself() -> None:
    nodes = filled(a=6.01)
    truth = {nodes[name]: node.grad for name, node in filled().items()}
    truth[nodes["a"]] = 6.0
    exact, rough = Reference(truth), Reference(truth, {nodes["a"]: 0.02})
    assert compare(nodes["L"], nodes=[nodes["a"]], reference=exact, typed=False).causes
    assert compare(nodes["L"], nodes=[nodes["a"]], reference=rough, typed=False)[nodes["a"]].status is Status.CORRECT


def test_the_gradients_of_the_graph_itself_are_taken_as_they_are() -> None:
    nodes = filled(a=6.01)
    truth = gradients(nodes["L"])
    own, other = Reference(truth, is_own=True), Reference(truth)
    assert str(compare(nodes["L"], reference=own)) == str(compare(nodes["L"], reference=other))
    nodes["L"]._data += 1.0
    assert compare(nodes["L"], reference=own).causes
    with pytest.raises(StaleGraphError):
        compare(nodes["L"], reference=other)
