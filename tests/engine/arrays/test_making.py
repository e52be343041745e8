"""Nodes of arrays are made of numbers, of nodes and by operations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.arrays import Array, array
from handgrad.errors import DomainError, NotANumberError, NotFiniteError

from .samples import gradient, x23


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


def test_a_whole_number_of_any_length_is_an_operand_and_an_entry():
    x, a = array([1.0, 2.0]), Value(3.0)
    assert (x * 10**30).data.tolist() == [1e30, 2e30]
    assert array([a, 10**30]).data.tolist() == [3.0, 1e30]


def test_the_entry_of_a_stretched_operand_is_named_too():
    x, w = array([[1.0, 2.0], [3.0, 4.0]], "x"), array([[1.0], [0.0]], "w")
    with pytest.raises(DomainError, match=r"with x\[1, 0\] = 3\.0, w\[1, 0\] = 0\.0"):
        x / w
