"""Gradients are written into arrays and read."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.arrays import array, fill, grads
from handgrad.arrays.refusals import OperandShapeError
from handgrad.errors import NotANumberError

from .samples import x23


def test_fill_and_assignment_do_the_same_and_keep_a_copy():
    x = x23()
    written = np.random.default_rng(0).normal(size=(2, 3))
    kept = written.copy()
    fill(x, written)
    written[:] = 0.0
    assert grads(x).tolist() == kept.tolist()
    x.grad = [[1, 2, 3], [4, 5, 6]]
    assert grads(x).dtype == np.float64


def test_one_number_is_filled_in_as_a_float():
    v = Value(1.0, "v")
    for given_ in (2.0, np.array(2.0)):
        fill(v, given_)
        assert (v.grad, type(v.grad), grads(v)) == (2.0, float, 2.0)
    fill(v, [1.0, 2.0])
    assert v.grad == [1.0, 2.0]


def test_a_wrong_shape_is_written_down_for_compare_to_judge():
    x = x23()
    fill(x, np.zeros((3, 2)))
    assert x.grad.shape == (3, 2)


def test_an_object_array_of_values_is_filled_in_its_own_shape():
    values = np.array([Value(1.0), Value(2.0)])
    fill(values, [3.0, 4.0])
    assert grads(values).tolist() == [3.0, 4.0]
    with pytest.raises(OperandShapeError, match=r"\(2,\).*\(3,\)"):
        fill(values, np.zeros(3))


def test_fill_refuses_what_holds_no_nodes_and_grads_what_is_no_number():
    with pytest.raises(NotANumberError):
        fill(np.zeros(2), np.zeros(2))
    with pytest.raises(NotANumberError):
        grads(np.zeros(2))
    x = array([1.0, 2.0], label="x")
    x.grad = ["a", "b"]
    with pytest.raises(NotANumberError, match=r"grads\(x\)"):
        grads(x)


def test_a_gradient_changed_in_place_changes_no_other_node_s():
    a, b = array([1.0, 2.0], "a"), array([3.0, 4.0], "b")
    total = a + b
    once_more = total + 1.0
    loss = (once_more * once_more).sum()
    loss.backward()
    of_all = gradients(loss)
    for node in (total, a, once_more, b):
        assert node.grad.tolist() == of_all[node].tolist() == [10.0, 14.0]
        node.grad *= 2.0
        of_all[node] *= 3.0
        assert node.grad.tolist() == [20.0, 28.0]
        of_all[node] += 0.0
    loss.backward()
    assert a.grad.tolist() == [30.0, 42.0]
