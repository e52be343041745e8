"""Slopes as they are measured, against those that are known."""

import numpy as np
import pytest

from handgrad.rulecheck.slopes import MANY, jacobian


def test_between_numbers_the_slope_is_a_float():
    found = jacobian(np.exp, 0.7, is_single=False)
    assert isinstance(found, float)
    assert found == pytest.approx(np.exp(0.7), rel=1e-9)


@pytest.mark.parametrize("size", [3, MANY + 1])
def test_of_arrays_it_is_a_matrix_with_a_row_an_entry_of_the_result(size):
    weights = np.random.default_rng(0).normal(size=(4, size))
    x = np.random.default_rng(1).normal(size=size)
    found = jacobian(lambda v: np.tanh(weights @ v), x, is_single=False)
    np.testing.assert_allclose(found, (1 - np.tanh(weights @ x) ** 2)[:, None] * weights, rtol=1e-5, atol=1e-7)


def test_from_an_array_to_one_number_there_is_one_row():
    x = np.array([[1.0, -2.0], [0.0, 3.0]])
    np.testing.assert_allclose(jacobian(lambda v: (v**2).sum(), x, is_single=False), [[2.0, -4.0, 0.0, 6.0]], atol=1e-9)


@pytest.mark.parametrize("rate", [1.0, 4.0])
def test_in_single_precision_the_step_neither_drowns_nor_strides_over_a_curve(rate):
    found = jacobian(lambda v: np.float32(np.exp(np.float32(rate * v))), 0.7, is_single=True)
    assert found == pytest.approx(rate * np.exp(rate * 0.7), rel=1e-3)


def test_a_small_entry_may_be_moved_by_a_share_of_a_larger_number():
    steps = []

    def along(x):
        steps.append(x)
        return x

    jacobian(along, 1e-9, least=1.0)
    assert max(map(abs, steps)) > 1e-4


def test_a_finer_step_is_the_usual_one_divided():
    moved = []

    def along(x):
        moved.append(abs(x - 1.0))
        return x

    jacobian(along, 1.0)
    usual = max(moved)
    moved.clear()
    jacobian(along, 1.0, finer=8.0)
    assert max(moved) == pytest.approx(usual / 8.0, rel=1e-9)
