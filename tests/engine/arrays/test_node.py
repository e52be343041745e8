"""An array as a node: what it holds and refuses, how its gradient is filled in, and what would cut it off."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import handgrad
from handgrad import Value, gradients, manual
from handgrad.arrays import Array, array, fill, grads, label
from handgrad.arrays.refusals import OperandShapeError
from handgrad.errors import DetachError, DomainError, NotANumberError, NotFiniteError, NotOneNumberError, UnfilledError
from handgrad.graph import topological_order

from .samples import gradient, x23


def test_an_array_is_one_leaf_that_holds_floats():
    W1 = array(np.arange(6).reshape(2, 3), label="W1")
    assert (W1.shape, W1.ndim, W1.size, W1.dtype, len(W1)) == ((2, 3), 2, 6, np.float64, 2)
    assert W1.is_leaf
    assert W1.label == "W1"
    assert topological_order(W1) == [W1]


def test_every_result_is_a_node_of_its_own_and_of_shape_none_a_value():
    x = x23()
    for made in (x + 1, x.T, x[0], x.reshape(2, 3), x.copy(), x.view(6), np.tanh(x)):
        assert isinstance(made, Array)
        assert made is not x
        assert made.operands[0] is x
    for made in (x.sum(), x[0, 1], x.mean(), x[0] @ x[1], np.max(x)):
        assert type(made) is Value
        assert made.operands


def test_its_data_are_a_copy_of_the_numbers_given():
    numbers = np.ones(3)
    x = array(numbers)
    y = x + numbers
    numbers[0] = 9.0
    assert x.data.tolist() == [1.0, 1.0, 1.0]
    assert y.operands[1].data.tolist() == [1.0, 1.0, 1.0]


def test_one_number_is_a_value_and_a_node_is_given_back():
    assert type(array(2.0, "a")) is Value
    x = x23()
    assert array(x) is x


def test_nodes_in_a_list_are_gathered_and_the_result_is_computed_from_them():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    x = array([[a, 1.0], [b, a]], label="x")
    assert x.data.tolist() == [[2.0, 1.0], [3.0, 2.0]]
    loss = (x * np.array([[1.0, 2.0], [3.0, 4.0]])).sum()
    assert (gradients(loss)[a], gradients(loss)[b]) == (5.0, 3.0)


def test_rows_in_a_list_are_stacked():
    x = x23()
    y = array([x[1], x[0] * 2.0], label="y")
    assert y.data.tolist() == [[0.5, 4.0, -1.0], [2.0, -4.0, 6.0]]
    assert y.label == "y"
    assert gradient(y.sum(), x) == [[2.0] * 3, [1.0] * 3]


@pytest.mark.parametrize("bad", [[1.0, "a"], [True, False], [1.0 + 2.0j], [None, 1.0], "abc"])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(NotANumberError):
        array(bad, label="x")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_leaf_of_what_is_not_finite_is_refused(bad):
    with pytest.raises(NotFiniteError):
        array([1.0, bad])


def test_a_label_that_is_no_text_is_refused():
    with pytest.raises(NotANumberError):
        array([1.0], label=3)


def test_lists_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="inhomogeneous"):
        array([[1.0], [1.0, 2.0]])


def test_new_data_take_the_same_shape_and_finite_numbers():
    x = x23()
    x.data = x.data - 1.0
    x.data -= 1.0
    assert x.data[0].tolist() == [-1.0, -4.0, 1.0]
    with pytest.raises(OperandShapeError, match=r"x \(2, 3\).*shape \(3,\)"):
        x.data = np.ones(3)
    with pytest.raises(NotFiniteError):
        x.data = np.full((2, 3), np.nan)


def test_equality_with_numbers_compares_data_and_with_a_node_asks_whether_it_is_that():
    x, y = x23(), x23()
    same = x
    assert (x == same) is True
    assert (x == y) is False
    assert x != y
    assert {x: 1, y: 2}[x] == 1
    assert (x == 3.0).tolist() == [[False, False, True], [False, False, False]]
    assert (x != 3.0).sum() == 5
    assert (x == y.data).all()
    assert (y.data == x).all()


def test_comparisons_are_plain_arrays_of_the_data():
    x = x23()
    for mask in (x > 0.0, np.greater(x, 0.0), np.less(0.0, x), x.data > 0.0, np.zeros((2, 3)) < x):
        assert type(mask) is np.ndarray
        assert mask.tolist() == [[True, False, True], [True, True, False]]
    assert (x <= x.max(1, keepdims=True)).all()
    assert (Value(0.0) < x).sum() == 4
    assert np.isfinite(x).all()
    assert not np.isnan(x).any()
    assert np.logical_not(x > 0.0).sum() == 2


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


def test_in_manual_mode_backward_is_refused():
    with manual():
        loss = x23().sum()
    with pytest.raises(handgrad.ManualModeError):
        loss.backward()


def test_backward_starts_at_one_number():
    with pytest.raises(NotOneNumberError, match=r"x has shape \(2, 3\)"):
        x23().backward()


def test_in_place_addition_to_a_name_makes_a_new_node():
    x = y = x23()
    y += 1.0
    assert y is not x
    assert y.operands[0] is x


def test_plus_infinity_and_nan_are_refused_as_constants():
    for bad in (np.inf, np.nan):
        for given_ in (bad, np.array([1.0, bad])):
            with pytest.raises(NotFiniteError):
                array([1.0, 2.0]) + given_


def test_a_bare_number_of_an_expression_is_a_constant_and_asked_for_nothing():
    x = x23()
    y = x * 3 + np.ones(3)
    three, ones = y.operands[0].operands[1], y.operands[1]
    assert three.is_constant
    assert three.label == "3"
    assert ones.is_constant
    assert ones.shape == (3,)


@pytest.mark.parametrize(
    "detach",
    [
        lambda x: np.asarray(x),
        lambda x: np.array(x),
        lambda x: np.array([x, x]),
        lambda x: np.save("never", x),
        lambda x: float(x),
        lambda x: int(x),
        lambda x: round(x),
        lambda x: bool(x),
        lambda x: 1 if x else 0,
        lambda x: x.item(),
        lambda x: x.tolist(),
        lambda x: x.astype(int),
        lambda x: math.exp(x[0, 0]),
        lambda x: x.__setitem__(0, 1.0),
        lambda x: np.zeros(3).__setitem__(slice(None), x[0]),
        lambda x: np.zeros(3).__setitem__(0, x[0, 0]),
    ],
)
def test_what_would_cut_the_graph_is_refused_and_says_what_to_write(detach):
    with pytest.raises(DetachError, match=r"x\.data|v\.data"):
        detach(x23())


def test_writing_into_an_array_says_what_joins_arrays():
    for write in (lambda x: x.__setitem__(0, 1.0), lambda x: np.zeros(3).__setitem__(slice(None), x[0])):
        with pytest.raises(DetachError, match=r"np\.stack, np\.concatenate or np\.where"):
            write(x23())


def test_an_array_in_the_place_of_a_number_is_refused():
    with pytest.raises(ValueError, match="setting an array element"):
        np.zeros(3)[0] = x23()[0]


def test_it_shows_that_a_gradient_is_there_and_no_name_where_it_has_none():
    x = array([1.0, 2.0])
    x.grad = [3.0, 4.0]
    assert repr(x) == "Array(shape=(2,), grad=<ndarray>)"


def test_the_entry_of_a_stretched_operand_is_named_too():
    x, w = array([[1.0, 2.0], [3.0, 4.0]], "x"), array([[1.0], [0.0]], "w")
    with pytest.raises(DomainError, match=r"with x\[1, 0\] = 3\.0, w\[1, 0\] = 0\.0"):
        x / w


def test_running_sums_go_along_an_axis_or_through_all_entries_in_a_row():
    x = x23()
    assert x.cumsum().data.tolist() == np.cumsum(x.data).tolist()
    assert x.cumsum(0).data.tolist() == np.cumsum(x.data, 0).tolist()
    assert gradient(x.cumsum(1)[0, 2], x) == [[1.0] * 3, [0.0] * 3]
