"""Leaves that hold arrays, and points around a given one."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad import Value, gradcheck
from handgrad.rulecheck.directions import points


def leaves_of(given: Any, points: int) -> list[Any]:
    """Return the leaf that a function is called with at each point."""
    seen: list[Any] = []

    def square(x: Any) -> Any:
        seen.append(x)
        return np.sum(x * x)

    assert gradcheck(square, given, points=points).ok
    return seen


def test_a_leaf_holds_the_array_under_its_name() -> None:
    (made,) = leaves_of(np.ones((2, 3)), 1)
    assert (made.label, made.shape, made.is_leaf) == ("x", (2, 3), True)


def test_an_object_array_keeps_its_nesting() -> None:
    given = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    assert [made.shape for made in leaves_of(given, 2)] == [(2, 2), (2, 2)]


def test_a_point_nearby_has_every_entry_moved_a_zero_too() -> None:
    given = np.array([[1.0, 0.0], [-3.0, 1e3]])
    _, *near = (made.data for made in leaves_of(given, 3))
    for moved in near:
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
