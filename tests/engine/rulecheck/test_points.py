"""Leaves that hold arrays, and points around a given one."""

from __future__ import annotations

import random

import numpy as np

from handgrad import Value
from handgrad.rulecheck.directions import leaf, near, nest, points


def test_a_leaf_holds_the_array_under_its_name() -> None:
    made = leaf(np.ones((2, 3)), "w")
    assert (made.label, made.shape, made.is_leaf) == ("w", (2, 3), True)


def test_an_object_array_keeps_its_nesting() -> None:
    assert nest([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]).shape == (2, 2)


def test_a_point_nearby_has_every_entry_moved_a_zero_too() -> None:
    given = np.array([[1.0, 0.0], [-3.0, 1e6]])
    moved = near(given, random.Random(0))
    assert moved.shape == given.shape
    assert (moved != given).all()
    assert (np.abs(moved - given) <= 3.0 * np.where(given == 0.0, 1.0, np.abs(given))).all()


def test_points_lie_on_both_sides_and_one_of_them_above_zero() -> None:
    data = [np.array([0.5, -2.0]), 3.0]
    close, plainly, turned, above = points(data)
    assert points(data)[0][0].tolist() == close[0].tolist()
    assert (turned[0] == -plainly[0]).all()
    assert (above[0] > 0).all()
    assert above[1] > 0
    assert [np.shape(one) for one in close] == [(2,), ()]
