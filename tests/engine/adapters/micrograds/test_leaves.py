"""Fresh leaves of their class."""

import numpy as np
import pytest

from .cases import load
from .stages import Stages
from .test_probing import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_a_leaf_holds_an_amount_and_has_no_gradient_nor_operands(engine):
    stages = Stages(load(engine).program())
    leaf = stages.leaves.leaf(np.array([[2.0, -3.0]]) if engine in ("tensors", "functions") else 2.5)
    assert np.shape(stages.engine.data(leaf)) in ((1, 2), ())
    assert stages.engine.recorded(leaf) == []
    grad = stages.engine.grad(leaf)
    assert grad is None or not np.any(grad)


def test_a_copy_of_a_node_stands_on_fresh_leaves():
    engine = load("closures")
    a, b = engine.Value(2.0), engine.Value(3.0)
    node = a - b
    node.grad = 7.0
    stages = Stages(node)
    made, fresh = stages.leaves.alone(stages.graph[node])
    assert [one.data for one in fresh] == [2.0, 3.0]
    assert made._prev == set(fresh)
    assert (made.grad, node.grad) == (0.0, 7.0)


def test_one_leaf_stands_for_an_operand_in_two_places():
    a = load("closures").Value(2.0)
    node = a * a
    stages = Stages(node)
    first, second = stages.leaves.of_each(stages.graph[node], [2.0, 2.0])
    assert first is second


def test_a_leaf_for_an_operand_without_requires_grad_has_none_either():
    engine = load("tensors")
    w = engine.Tensor([[0.5], [-1.5]], requires_grad=False)
    root = (engine.Tensor([[1.0, 2.0]]) @ w).sum()
    leaf = Stages(root).leaves.leaf(np.ones((2, 1)), w)
    assert leaf.requires_grad is False


def test_something_can_stand_in_the_gradient_beforehand():
    stages = Stages(load("closures").program())
    leaf = stages.leaves.leaf(1.0)
    stages.leaves.preset(leaf, 2.5)
    assert stages.engine.grad(leaf) == 2.5
    stages.leaves.renew(leaf)
    assert stages.engine.grad(leaf) == 0.0
