"""What an operation of theirs truly is."""

import numpy as np
import pytest

from handgrad import gradients
from handgrad.adapters.micrograd.operations import settings
from handgrad.value import Value

from .cases import load
from .stages import Stages


def slope_of(operation, place, x):
    """Of the operation as a node of ours, by its first operand."""
    leaf = Value(x)
    node = operation.truth(place, [x]).apply([leaf])
    return gradients(node)[leaf]


def test_a_wrong_rule_does_not_change_what_the_operation_is(tmp_path):
    engine = load("closures", tmp_path, ("def tanh", "(1 - t**2)", "(1 - t)"))
    node = engine.Value(0.5).tanh()
    stages = Stages(node)
    operation = stages.operation(node, "tanh")
    assert operation.ours.at({}).name == "tanh"
    assert operation.is_told
    assert operation.can_repeat
    assert slope_of(operation, stages.graph[node], 0.5) == pytest.approx(1 - np.tanh(0.5) ** 2)


def test_a_formula_of_their_own_is_known_by_its_measured_slopes():
    node = load("closures").Value(0.5).swish()
    stages = Stages(node)
    operation = stages.operation(node, "swish")
    s = 1 / (1 + np.exp(-0.5))
    assert operation.ours is None
    assert operation.is_told
    assert slope_of(operation, stages.graph[node], 0.5) == pytest.approx(s + 0.5 * s * (1 - s), rel=1e-8)
    assert operation.is_steady(stages.graph[node], [0.5])


def test_data_that_was_changed_since_is_seen():
    engine = load("closures")
    a = engine.Value(0.5)
    node = a.exp()
    stages = Stages(node)
    operation = stages.operation(node, "exp")
    assert not operation.is_changed(stages.graph[node])
    a.data = 2.0
    assert operation.is_changed(stages.graph[node])


def test_at_a_kink_their_own_slope_is_taken():
    engine = load("closures")
    node = engine.Value(0.0).relu()
    stages = Stages(node)
    operation = stages.operation(node, "relu")
    leaf = Value(0.0)
    assert gradients(operation.truth(stages.graph[node]).apply([leaf]))[leaf] == 0.0


def test_where_nothing_tells_the_slopes_the_node_is_unknown():
    class Node:
        def __init__(self, data, inputs=()):
            self.data, self.grad, self.inputs = data, 0.0, list(inputs)

        def backward(self):
            self.grad = 1.0

    node = Node(6.123, [Node(2.0), Node(3.0)])
    stages = Stages(node)
    operation = stages.operation(node)
    assert not operation.is_told
    operation.truth(stages.graph[node])
    assert operation.unknown == [stages.graph[node]]


def test_an_axis_is_a_setting_and_a_number_is_a_constant():
    engine = load("closures")
    node = engine.Value(2.0) ** 3.5
    stages = Stages(node)
    assert stages.operation(node).constants(stages.graph[node]) == {"other": 3.5}
    assert settings(stages.graph[node]) == ()
    whole = engine.Value(2.0) ** 3
    assert settings(Stages(whole).graph[whole]) == (("other", 3),)
