"""Sums, extremes and the softmax family along axes: their numbers, ties, masks and edges of the domain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad import gradients
from handgrad.arrays import array, label
from handgrad.errors import DomainError

from .samples import gradient


@given(st.sampled_from([None, 0, 1, -1, (0, 2), (1, -1)]), st.booleans(), st.integers(0, 5))
def test_reductions_have_numpys_shapes_and_numbers(axis, keepdims, seed):
    numbers = np.random.default_rng(seed).normal(size=(2, 3, 4))
    x = array(numbers)
    for name in ("sum", "mean", "max", "min", "prod", "var", "std"):
        expected = getattr(numbers, name)(axis=axis, keepdims=keepdims)
        for ours in (
            getattr(x, name)(axis=axis, keepdims=keepdims),
            getattr(np, name)(x, axis=axis, keepdims=keepdims),
        ):
            assert ours.shape == expected.shape
            np.testing.assert_allclose(ours.data, expected, rtol=1e-12)


def test_the_softmax_family_does_not_overflow():
    x = array([1000.0, 1001.0, -1000.0])
    share = 1.0 / (1.0 + math.e)
    assert x.softmax().data == pytest.approx([share, 1.0 - share, 0.0])
    assert x.log_softmax().data == pytest.approx(
        [math.log(share), math.log(1.0 - share), -2001.0 + math.log(1 - share)]
    )
    assert x.logsumexp().data == pytest.approx(1001.0 - math.log(1.0 - share))


def test_the_first_of_equal_entries_has_the_gradient_of_a_maximum_along_an_axis():
    x = array([[1.0, 5.0, 5.0], [2.0, 0.0, 2.0]])
    assert gradient(x.max(1).sum(), x) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    assert gradient(x.max(), x) == [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert gradient(np.min(x, axis=0).sum(), x) == [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    assert gradient(np.maximum.reduce(x, axis=1).sum(), x) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


def test_a_product_with_zeros_in_it_has_the_products_of_the_others():
    x = array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0], [1.0, 2.0, 3.0]])
    loss = x.prod(1).sum()
    assert gradient(loss, x) == [[0.0, 6.0, 0.0], [0.0, 0.0, 0.0], [6.0, 3.0, 2.0]]
    second = gradients(loss, graph=True)[x][0, 0]
    assert gradient(second, x)[0] == [0.0, 3.0, 0.0]


MASK = np.array([[True, False], [True, True]])


@pytest.mark.parametrize(
    "masked",
    [
        lambda x, mask: np.where(mask, x, -np.inf),
        lambda x, mask: x + np.where(mask, 0.0, -np.inf),
        lambda x, mask: np.where(mask, x, np.full(x.shape, -np.inf)),
        lambda x, mask: np.where(mask, x * 2.0, -np.inf) / 2.0,
    ],
)
@pytest.mark.parametrize(
    "weigh",
    [
        lambda s: s.softmax(-1),
        lambda s: np.exp(s - s.max(-1, keepdims=True)) / np.exp(s - s.max(-1, keepdims=True)).sum(-1, keepdims=True),
        lambda s: np.exp(s - s.logsumexp(-1, keepdims=True)),
        lambda s: np.exp(s.log_softmax(-1)),
    ],
)
def test_a_masked_score_has_weight_0_and_gradient_0(masked, weigh):
    x = array([[1.0, 9.0], [2.0, 3.0]])
    weights = weigh(masked(x, MASK))
    assert weights.data[0] == pytest.approx([1.0, 0.0])
    share = 1.0 / (1.0 + math.exp(1.0))
    assert weights.data[1] == pytest.approx([share, 1.0 - share])
    loss = (weights * np.array([[1.0, 2.0], [3.0, 4.0]])).sum()
    found = gradients(loss)
    assert all(np.isfinite(number).all() for number in found.values())
    np.testing.assert_allclose(found[x], [[0.0, 0.0], [-share * (1 - share), share * (1 - share)]], atol=1e-15)


@pytest.mark.parametrize(
    "weigh",
    [
        lambda s: s.softmax(-1),
        lambda s: s.log_softmax(-1),
        lambda s: s.logsumexp(-1),
        lambda s: np.exp(s - s.max(-1, keepdims=True)),
    ],
)
def test_a_row_that_is_masked_whole_is_an_error_that_says_so(weigh):
    scores = label(np.where([[True, True], [False, False]], array([[1.0, 2.0], [3.0, 4.0]]), -np.inf), "scores")
    with pytest.raises(DomainError, match=r"(?i)scores.*of each row"):
        weigh(scores)


@pytest.mark.parametrize(
    "past",
    [
        lambda s: s.sum(),
        lambda s: s @ np.ones(2),
        lambda s: s.mean(0),
        lambda s: np.log(np.exp(s)),
        lambda s: s * 0.0,
    ],
)
def test_minus_infinity_that_reaches_anything_but_a_mask_is_an_error(past):
    scores = np.where(MASK, array([[1.0, 2.0], [3.0, 4.0]]), -np.inf)
    with pytest.raises(DomainError, match="no finite value"):
        past(scores)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_the_sizes_of_a_softmax_bound_what_it_passes_back_though_its_parts_cancel(name):
    x = array([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]])
    y = getattr(x, name)(-1)
    (edge,) = y.op.derivatives(x.data, y.data)
    share = np.exp(x.data) / np.exp(x.data).sum(-1, keepdims=True)
    upstream = np.array([[1.0, 1.0, 1.0], [1.0, -2.0, 0.5]])
    sizes = np.abs(upstream)
    weighted = (sizes * share).sum(-1, keepdims=True)
    expected = share * (sizes + weighted) if name == "softmax" else sizes + share * sizes.sum(-1, keepdims=True)
    np.testing.assert_allclose(sizes * abs(edge), expected, rtol=1e-12)
    assert (np.abs(upstream * edge) <= sizes * abs(edge) + 1e-15).all()
