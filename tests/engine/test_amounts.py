"""Numbers of theirs, and arrays of them."""

import random

import numpy as np
import pytest

from handgrad.amounts import (
    alike,
    cache_sized_slices,
    draw_like,
    is_amount,
    is_anything,
    is_read_only,
    largest,
    largest_difference,
    near,
    plain,
    read_only_copy,
)


@pytest.mark.parametrize("thing", [2, 2.0, np.float32(2), np.array(2.0)])
def test_one_number_may_come_in_any_type(thing):
    assert is_amount(thing)
    assert plain(thing) == 2.0
    assert type(plain(thing)) is float


@pytest.mark.parametrize("thing", [True, "2", None, 1j, np.array(["a"]), [1.0]])
def test_what_is_no_real_number_is_no_amount(thing):
    assert not is_amount(thing)


def test_a_plain_array_is_a_copy_in_double_precision():
    given = np.array([1, 2], dtype=np.int32)
    made = plain(given)
    made[0] = 7.0
    assert made.dtype == float
    assert given[0] == 1


def test_alike_goes_by_the_largest_entry_and_by_the_shape():
    big = np.array([1e6, 1.0])
    assert alike(big, big + [0.0, 0.5], 1e-6)
    assert not alike(big, big + [0.0, 5.0], 1e-6)
    assert not alike(big, big.reshape(2, 1), 1e-6)
    assert near(big, big.reshape(2, 1), 1e-6)
    assert alike(0.0, 1e-9, 1e-6, 1e-8)


@pytest.mark.parametrize("odd", [np.inf, np.nan])
def test_what_is_not_finite_is_alike_to_nothing(odd):
    assert not alike(odd, odd, 1e-6)
    assert not alike(np.array([odd, 1.0]), np.array([odd, 1.0]), 1e-6)


def test_an_empty_array_holds_nothing():
    assert largest(np.zeros((0, 3))) == 0.0
    assert not is_anything(np.zeros(3))
    assert not is_anything(None)
    assert is_anything(np.array([0.0, -1e-300]))


def test_what_is_drawn_has_the_shape_and_both_signs():
    drawn = draw_like(np.zeros((4, 25)), random.Random(0), 0.5, 1.5)
    assert drawn.shape == (4, 25)
    assert (np.abs(drawn) >= 0.5).all()
    assert (np.abs(drawn) <= 1.5).all()
    assert {-1.0, 1.0} == set(np.sign(drawn).ravel())
    assert isinstance(draw_like(1.0, random.Random(0), 0.5, 1.5), float)


@pytest.mark.parametrize(
    "array", [np.arange(6.0).reshape(2, 3), np.zeros((2, 3)), np.zeros(4, dtype=int), -np.zeros(3)]
)
def test_a_settled_array_is_a_copy_that_nothing_can_write_into(array):
    kept = read_only_copy(array)
    assert (kept.tobytes(), kept.shape, kept.dtype) == (array.tobytes(), array.shape, array.dtype)
    assert is_read_only(kept)
    assert is_read_only(kept[:1])
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1
    array[0] = 7
    assert not (kept == 7).any()


def test_zeros_that_are_settled_take_no_room():
    assert read_only_copy(np.zeros((1000, 1000))).strides == (0, 0)


def test_a_view_is_settled_where_what_it_is_a_view_of_is():
    array = np.arange(6.0)
    view = array[:3]
    view.flags.writeable = False
    assert not is_read_only(array)
    assert not is_read_only(view)
    assert not is_read_only([1.0])
    assert not is_read_only(None)


@pytest.mark.parametrize("shape", [(200_000,), (7, 30_000), (3, 100, 100), (0, 4), (2, 0)])
def test_the_parts_of_an_array_are_all_of_it_once(shape):
    array = np.arange(float(np.prod(shape))).reshape(shape)
    parts = [array[some] for some in cache_sized_slices(array)]
    assert np.array_equal(np.concatenate([array[:0], *parts]), array)
    assert all(part.size <= 65_536 or len(part) == 1 for part in parts)


def test_the_largest_difference_is_found_in_any_part_and_nan_is_one():
    first = np.zeros(200_000)
    second = first.copy()
    second[-5] = -3.0
    assert largest_difference(first, second) == 3.0
    second[100] = np.nan
    assert np.isnan(largest_difference(first, second))
    assert largest_difference(first[:0], first[:0]) == 0.0
