"""Of equal entries any may take the gradient of a maximum, or share it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad import Comparison, compare, label, manual
from handgrad.arrays import array

X = np.array([[2.0, 5.0, 5.0, 1.0], [3.0, 3.0, 3.0, 0.0], [4.0, 1.0, 2.0, 3.0]])
UPSTREAM = np.array([0.7, -1.3, 2.1])
W = np.eye(4)


def shared(shares: Any) -> np.ndarray[Any, Any]:
    return np.asarray(shares, dtype=float) * UPSTREAM[:, None]


FIRST = [[0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
EVEN = [[0, 0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3, 0], [1, 0, 0, 0]]
LAST = [[0, 0, 1, 0], [0, 0, 1, 0], [1, 0, 0, 0]]
OWN = [[0, 0.25, 0.75, 0], [0.2, 0.0, 0.8, 0], [1, 0, 0, 0]]
MIXED = [[0, 0.5, 0.5, 0], [0, 1, 0, 0], [1, 0, 0, 0]]


def compared(shares: Any, *, blank: bool = False, extreme: str = "max", off: float = 0.0) -> Comparison:
    """The largest of each row of h = x @ W; h.grad has the shares, or is left blank, and x follows from it."""
    sign = 1.0 if extreme == "max" else -1.0
    with manual():
        x = array(sign * X, "x")
        h = label(x @ W, "h")
        loss = (getattr(h, extreme)(axis=1) * UPSTREAM).sum() + (h * 0.5).sum()
    dh = shared(shares) + 0.5 + off
    h.grad = None if blank else dh
    x.grad = dh @ W.T
    return compare(loss, nodes=[x] if blank else [h, x])


@pytest.mark.parametrize("extreme", ["max", "min"])
@pytest.mark.parametrize("shares", [EVEN, LAST, OWN, MIXED])
def test_any_shares_that_add_up_are_right_and_told_as_a_choice(shares: Any, extreme: str) -> None:
    comparison = compared(shares, extreme=extreme)
    assert comparison.ok
    assert comparison.remark.startswith("In h equal entries compete for a largest or a smallest one.")
    assert not any(result.slip for result in comparison)


def test_ours_needs_no_remark() -> None:
    assert compared(FIRST).ok
    assert compared(FIRST).remark == ""


@pytest.mark.parametrize("shares", [EVEN, LAST])
def test_the_choice_may_show_further_down_alone(shares: Any) -> None:
    assert compared(shares, blank=True).ok


@pytest.mark.parametrize(
    "shares",
    [
        [[0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]],  # each has it whole
        [[0, 0.5, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],  # a part is lost
        [[0, 2, -1, 0], [1, 0, 0, 0], [1, 0, 0, 0]],  # no shares
        [[0.5, 0.5, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]],  # an entry that does not compete
        [[0, 0.5, 0.5, 0], [1, 0, 0, 0], [0, 1, 0, 0]],
    ],
)
def test_what_does_not_add_up_among_equal_entries_is_a_mistake(shares: Any) -> None:
    assert [result.name for result in compared(shares).causes] == ["h"]


def test_beside_a_choice_another_mistake_is_told_by_itself() -> None:
    comparison = compared(EVEN, off=0.25)
    assert [result.name for result in comparison.causes] == ["h"]
    with manual():
        x = array(X, "x")
        h = label(x * 2.0, "h")
        loss = (h.max(axis=1) * UPSTREAM).sum()
    h.grad = shared(EVEN)
    x.grad = -2.0 * shared(EVEN)
    comparison = compare(loss)
    assert [(result.name, result.slip and result.slip.kind) for result in comparison.causes] == [("x", "sign")]
    assert comparison[x].expected == pytest.approx(2.0 * shared(EVEN))


def test_shares_that_were_typed_rounded_are_right_too() -> None:
    with manual():
        x = array(X, "x")
        loss = (x.max(axis=1) * UPSTREAM).sum()
    x.grad = np.round(shared(EVEN), 3)
    assert compare(loss).ok
    x.grad = np.round(shared(OWN), 3) + np.array([0.0, 0.1, 0.0, 0.0])
    assert not compare(loss).ok


def test_one_array_may_lose_its_largest_entries_along_two_axes() -> None:
    with manual():
        x = array([[1.0, 1.0], [1.0, 0.0]], "x")
        loss = (x.max(axis=0) * [2.0, 3.0]).sum() + (x.max(axis=1) * [5.0, 7.0]).sum()
    by_columns = np.array([[0.5, 1.0], [0.5, 0.0]]) * [2.0, 3.0]
    by_rows = np.array([[0.5, 0.5], [1.0, 0.0]]) * [[5.0], [7.0]]
    x.grad = by_columns + by_rows
    assert compare(loss).ok
    x.grad = by_columns - by_rows
    assert not compare(loss).ok


def test_of_a_whole_array_each_may_have_its_share() -> None:
    with manual():
        x = array([[4.0, 1.0], [4.0, 4.0]], "x")
        loss = x.max() * 3.0
    x.grad = [[1.0, 0.0], [1.0, 1.0]]
    assert compare(loss, nodes=[x]).ok
    x.grad = [[3.0, 0.0], [3.0, 3.0]]
    assert not compare(loss, nodes=[x]).ok
