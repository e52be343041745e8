"""An array as a node: what it holds, what it is called, and how its gradient comes to it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import handgrad
from handgrad import gradients, manual
from handgrad.arrays import array, grads, label
from handgrad.arrays.refusals import OperandShapeError
from handgrad.errors import NotANumberError, NotFiniteError, NotOneNumberError, UnfilledError
from handgrad.graph import topological_order

from .samples import gradient, x23


def test_an_array_is_one_leaf_that_holds_floats():
    W1 = array(np.arange(6).reshape(2, 3), label="W1")
    assert (W1.shape, W1.ndim, W1.size, W1.dtype, len(W1)) == ((2, 3), 2, 6, np.float64, 2)
    assert W1.is_leaf
    assert W1.label == "W1"
    assert topological_order(W1) == [W1]


def test_new_data_take_the_same_shape_and_finite_numbers():
    x = x23()
    x.data = x.data - 1.0
    x.data -= 1.0
    assert x.data[0].tolist() == [-1.0, -4.0, 1.0]
    with pytest.raises(OperandShapeError, match=r"x \(2, 3\).*shape \(3,\)"):
        x.data = np.ones(3)
    with pytest.raises(NotFiniteError):
        x.data = np.full((2, 3), np.nan)


def test_a_copied_or_unpickled_leaf_keeps_its_numbers_and_its_name():
    x = x23()
    x.grad = np.ones((2, 3))
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert other is not x
        assert (other.label, other.data.tolist(), other.grad.tolist()) == ("x", x.data.tolist(), x.grad.tolist())


def test_it_is_iterated_row_by_row():
    x = x23()
    assert [row.data.tolist() for row in x] == x.data.tolist()
    assert sum(x).data.tolist() == [1.5, 2.0, 2.0]


def test_it_shows_its_shape_and_its_name():
    assert repr(x23()) == f"{x23()}" == "Array(shape=(2, 3), grad=None, label='x')"


def test_its_shape_needs_no_long_list_where_an_axis_is_empty():
    x = array(np.zeros((0, 3)), label="x")
    loss = (x @ np.ones((3, 2))).sum() + x.sum(0).sum() + np.concatenate([x, x]).prod()
    assert loss.data == 1.0
    assert gradients(loss)[x].shape == (0, 3)


def test_a_name_is_given_before_or_after_use_and_the_node_comes_back():
    x = x23()
    h = x * 2.0
    loss = h.sum()
    assert label(h, "h") is h
    assert handgrad.label(x, "x2") is x
    assert (h.label, x.label) == ("h", "x2")
    assert loss.operands[0].label == "h"


@pytest.mark.parametrize(
    "take",
    [
        lambda C: C[[0, 1, 0]],
        lambda C: C.reshape(-1),
        lambda C: C.view(4, 1),
        lambda C: C.T,
        lambda C: C[:],
        lambda C: C.copy(),
        lambda C: np.concatenate([C, C]),
        lambda C: np.reshape(C, C.shape),
        lambda C: np.squeeze(C),
        lambda C: np.copy(C),
    ],
)
def test_the_label_of_what_is_taken_of_an_array_leaves_the_arrays_own(take):
    C = array([[1.0, 2.0], [3.0, 4.0]], label="C")
    emb = label(take(C), "emb")
    assert (C.label, emb.label) == ("C", "emb")
    assert emb.operands[0] is C


def test_label_of_plain_numbers_is_refused():
    with pytest.raises(NotANumberError, match="Give nodes"):
        label(np.zeros(3), "x")


def test_a_gradient_is_none_until_somebody_fills_it_in_or_backward_reaches_it():
    x, y = x23(), x23("y")
    assert x.grad is None
    (x * 2.0).sum().backward()
    assert x.grad.tolist() == [[2.0] * 3] * 2
    assert y.grad is None
    with pytest.raises(UnfilledError, match="node y has no gradient yet"):
        grads(y)


def test_backward_adds_up_and_zero_grad_starts_anew():
    x = x23()
    loss = x.sum()
    loss.backward()
    loss.backward()
    assert x.grad.tolist() == [[2.0] * 3] * 2
    handgrad.zero_grad(loss)
    assert x.grad is None


def test_in_manual_mode_backward_is_refused():
    with manual():
        loss = x23().sum()
    with pytest.raises(handgrad.ManualModeError):
        loss.backward()


def test_backward_starts_at_one_number():
    with pytest.raises(NotOneNumberError, match=r"x has shape \(2, 3\)"):
        x23().backward()


def test_an_array_in_the_place_of_a_number_is_refused():
    with pytest.raises(ValueError, match="setting an array element"):
        np.zeros(3)[0] = x23()[0]


def test_it_shows_that_a_gradient_is_there_and_no_name_where_it_has_none():
    x = array([1.0, 2.0])
    x.grad = [3.0, 4.0]
    assert repr(x) == "Array(shape=(2,), grad=<ndarray>)"


def test_running_sums_go_along_an_axis_or_through_all_entries_in_a_row():
    x = x23()
    assert x.cumsum().data.tolist() == np.cumsum(x.data).tolist()
    assert x.cumsum(0).data.tolist() == np.cumsum(x.data, 0).tolist()
    assert gradient(x.cumsum(1)[0, 2], x) == [[1.0] * 3, [0.0] * 3]


def test_each_array_has_a_gradient_to_itself_whatever_was_passed_on_as_it_is():
    x, b = array([[1.0, 2.0], [3.0, 4.0]], "x"), array([[0.5, 0.5], [0.5, 0.5]], "b")
    y = x + b
    flat = y.reshape(4)
    steps = [flat, y, x, b]
    (flat * flat).sum().backward()
    for place, node in enumerate(steps):
        node.grad[...] = 0.0
        assert [bool(np.any(step.grad)) for step in steps] == [at > place for at in range(4)]
