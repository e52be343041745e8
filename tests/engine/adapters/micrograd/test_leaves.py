"""Fresh leaves of their class."""

import numpy as np
import pytest

from handgrad import probe

from .cases import from_file, load
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


SHAPED = """
import numpy as np


class Tensor:
    def __init__(self, data, parents=(), requires_grad=True):
        self.data = np.asarray(data, float)
        self.grad = np.zeros_like(self.data)
        self.shape, self.ndim = self.data.shape, self.data.ndim
        self._prev, self._backward, self._wants = parents, lambda: None, requires_grad

    @property
    def requires_grad(self):
        return self._wants

    def __mul__(self, other):
        out = Tensor(self.data * other.data, (self, other))

        def _backward():
            self.grad += summed(out.grad * other.data, self.shape)
            other.grad += summed(out.grad * self.data, other.shape)

        out._backward = _backward
        return out

    def backward(self):
        self.grad = np.ones(self.shape)
        self._backward()


def summed(grad, shape):
    for axis, length in enumerate(shape):
        grad = grad.sum(axis=axis, keepdims=True) if length == 1 else grad
    return grad


def program():
    return Tensor(np.ones((2, 3)) * 0.7) * Tensor([[2.0], [-1.5]])
"""


def test_a_leaf_keeps_the_shape_of_its_own_data_in_the_attribute_for_it(tmp_path):
    path = tmp_path / "shaped.py"
    path.write_text(SHAPED, "utf-8")
    leaf = Stages(from_file(path).program()).leaves.leaf(np.zeros((2, 1)))
    assert (leaf.shape, leaf.ndim) == ((2, 1), 2)


@pytest.mark.rest
def test_a_flag_that_can_only_be_read_is_left_alone_and_the_rule_is_asked(tmp_path):
    path = tmp_path / "shaped.py"
    path.write_text(SHAPED.replace("other.grad += summed(out.grad", "other.grad += summed(-out.grad"), "utf-8")
    root = from_file(path).program()
    root.backward()
    (cause,) = probe(root).causes
    assert cause.source.text.startswith("other.grad += summed(-out.grad")
    assert cause.slip.kind == "sign"
