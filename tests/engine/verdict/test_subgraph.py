"""The graph as a person has drawn it, where only named arrays stand."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, compare
from handgrad.arrays import array, label
from handgrad.demos.makemore import model
from handgrad.graph import subgraph, topological_order

from ..slips.array_exercise import Exercise


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


def test_the_arrays_come_in_the_backward_order_of_the_lecture(exercise):
    assert tuple(result.name for result in compare(exercise.values.loss).arrays) == model.INTERMEDIATES


def test_a_chosen_node_shows_the_chosen_ones_behind_all_that_stands_between():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    h = (a * 2.0 + b).tanh()
    root = (h * a).exp()
    found = subgraph(topological_order(root)[::-1], {a, b, h})
    assert [*found.items()] == [(h, (a, b)), (a, ()), (b, ())]


def test_a_node_comes_once_all_that_are_computed_from_it_have():
    x = Value(1.0, "x")
    near, far = x * 2.0, (x * 3.0).exp()
    late = near + far
    root = late * near
    order = [*subgraph(topological_order(root)[::-1], {x, near, far, late, root})]
    assert order[0] is root
    assert order[-1] is x
    assert order.index(late) < order.index(near)


def test_in_an_entrywise_step_the_parameters_come_before_the_array_it_goes_on_with():
    x, gain, bias = array(np.ones((4, 3)), "x"), array(np.ones(3), "gain"), array(np.zeros(3), "bias")
    h = label(x * 2.0, "h")
    y = label(h * gain + bias, "y")
    order = subgraph(topological_order(y.sum())[::-1], {x, gain, bias, h, y})
    assert [node.label for node in order] == ["y", "gain", "bias", "h", "x"]


def test_of_no_chosen_node_there_is_no_order():
    root = Value(1.0) * 2.0
    assert subgraph(topological_order(root)[::-1], ()) == {}
