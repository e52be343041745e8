"""A layer as a record: along which axes it is known, and what its sums run over."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.slips.layers import Pass, is_close, recognize_axes, recognize_function

X = np.random.default_rng(3).normal(size=(2, 3, 4))


def passed(axes: tuple[int, ...], x=X) -> Pass:
    return Pass(x, np.tanh(x), np.ones(x.shape), axes)


def test_sums_and_means_run_over_its_axes_and_keep_them():
    p = passed((1,))
    assert p.n == 3
    np.testing.assert_allclose(p.sum(X), X.sum(1, keepdims=True))
    np.testing.assert_allclose(p.mean(X), X.mean(1, keepdims=True))
    assert passed((0, 2)).n == 8
    np.testing.assert_allclose(passed((0, 2)).mean(X), X.mean((0, 2), keepdims=True))


@pytest.mark.parametrize(
    ("axes", "row", "other"),
    [((2,), "row", (1,)), ((1,), "column", (2,)), ((0,), "group of entries", (2,)), ((1, 2), "group of entries", (1,))],
)
def test_what_is_normalised_together_has_a_word_and_another_axis_that_people_take_for_it(axes, row, other):
    assert passed(axes).row == row
    assert passed(axes).swap_axis().axes == other


def centred(axes):
    return X - X.mean(axis=axes, keepdims=True)


def is_centred(x, y, axes):
    return is_close(x - x.mean(axis=axes, keepdims=True), y)


@pytest.mark.parametrize("axes", [(2,), (1,), (0,), (1, 2), (0, 2), (0, 1)])
def test_a_layer_is_looked_for_along_each_axis_and_over_all_but_one(axes):
    assert recognize_axes(is_centred)(X, centred(axes)) == [axes]


def test_over_all_axes_at_once_it_is_not_looked_for_and_an_axis_of_length_1_says_nothing():
    assert recognize_axes(is_centred)(X, X - X.mean()) == []
    thin = X[:, :, :1]
    assert recognize_axes(is_centred)(thin, thin - thin.mean(2, keepdims=True)) == []
    assert recognize_axes(is_centred)(X[0], X[0] - X[0].mean(0)) == [(0,)]


def test_a_function_of_each_entry_is_known_by_all_of_them():
    known = recognize_function(np.tanh)
    assert known(X, np.tanh(X)) == [()]
    late = np.tanh(X)
    late[1, 2, 3] += 1e-3  # the first few entries say that it is tanh
    assert known(X, late) == []
    assert known(X, X) == []


def test_two_arrays_are_close_up_to_float_noise_and_where_both_are_masked():
    masked = np.array([1.0, -np.inf])
    assert is_close(masked, masked * (1.0 + 1e-12))
    assert not is_close(masked, np.array([1.0, 0.0]))
    assert not is_close(np.array([1.0]), np.array([1.0 + 1e-7]))
    assert not is_close(np.array([np.nan]), np.array([np.nan]))
