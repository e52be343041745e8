"""An operation of theirs done again, by their own function, on fresh leaves."""

import numpy as np
import pytest

from handgrad.adapters.micrograd.making import NotAgainError

from .cases import load
from .stages import Stages

AGAIN = ("closures", "creators", "factories", "functions", "histories", "local_gradients", "pairs")


@np.errstate(all="ignore")
@pytest.mark.parametrize("engine", AGAIN)
def test_an_operation_can_be_done_again_and_gives_the_same_number(engine):
    stages = Stages(load(engine).program())
    again = []
    for node in stages.graph.order:
        place = stages.graph[node]
        if place.operands:
            made, fresh = stages.makers.again(place, [stages.engine.data(one) for one in place.operands])
            again.append(np.allclose(stages.engine.data(made), stages.engine.data(node)))
            assert not any(one is other for one in fresh for other in place.operands)
    assert all(again)


def test_with_other_data_another_number_comes_out():
    engine = load("closures")
    node = engine.Value(2.0) ** 3
    stages = Stages(node)
    made, _ = stages.makers.again(stages.graph[node], [5.0])
    assert made.data == 125.0


def test_the_function_is_the_one_that_made_the_node():
    engine = load("closures")
    node = engine.Value(2.0).tanh()
    stages = Stages(node)
    assert stages.makers.function(stages.graph[node]) is engine.Value.tanh
    assert stages.makers.is_certain(stages.graph[node])


def test_an_argument_that_left_no_trace_makes_it_uncertain(tmp_path):
    new = (
        "def scaled(self, factor=2.0):\n        s = factor * 1.0\n"
        "        out = Value(self.data * s, (self,), 'scaled')\n\n"
        "        def _backward():\n            self.grad += 2.0 * out.grad\n\n        out._backward = _backward\n"
        "        return out\n\n    def exp(self):"
    )
    engine = load("closures", tmp_path, ("class Value", "def exp(self):", new))
    node = engine.Value(2.0).scaled(3.0)
    stages = Stages(node)
    assert not stages.makers.is_certain(stages.graph[node])


def test_a_node_that_no_function_of_theirs_makes_cannot_be_made_again():
    class Node:
        def __init__(self, data, inputs=()):
            self.data, self.grad, self.inputs = data, 0.0, list(inputs)

        def backward(self):
            self.grad = 1.0

    node = Node(6.0, [Node(2.0), Node(3.0)])
    stages = Stages(node)
    with pytest.raises(NotAgainError):
        stages.makers.again(stages.graph[node], [2.0, 3.0])


def test_nodes_of_one_operation_have_one_key_and_of_two_operations_two():
    engine = load("local_gradients")
    a = engine.Value(0.5)
    first, second, other = a.exp(), engine.Value(0.7).exp(), a.tanh()
    stages = Stages(first * second * other)
    keys = [stages.makers.key(stages.graph[node]) for node in (first, second, other)]
    assert keys[0] == keys[1] != keys[2]
