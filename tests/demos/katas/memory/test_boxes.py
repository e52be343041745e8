"""What is asked again, and when."""

import pytest

from handgrad.demos.katas.memory.boxes import A_DAY, DAYS, items
from handgrad.demos.katas.memory.history import RESET, RIGHT, WRONG, Attempt


def history(*told):
    """Attempts at "a", each as (day, status)."""
    return [Attempt(day * A_DAY, "a", status, ("sign",), ("b",)) for day, status in told]


def due(*told):
    """The days on which it is asked again."""
    return [item.due / A_DAY for item in items(history(*told))]


def test_what_was_wrong_and_passed_is_asked_after_a_day_three_and_ten_and_then_known():
    told = [(0, "failed"), (0, "passed")]
    assert due(*told) == [1]
    assert due(*told, (1, RIGHT)) == [4]
    assert due(*told, (1, RIGHT), (4, RIGHT)) == [14]
    assert due(*told, (1, RIGHT), (4, RIGHT), (14, RIGHT)) == []
    assert DAYS == (1, 3, 10)


def test_wrong_again_begins_anew():
    assert due((0, "failed"), (0, "passed"), (1, RIGHT), (4, WRONG)) == [5]


@pytest.mark.parametrize("told", [[(0, "passed")], [(0, "failed")], [(0, "error"), (0, "passed")], []])
def test_what_was_right_at_once_or_is_still_in_work_is_not_asked(told):
    assert due(*told) == []


def test_a_kata_written_once_more_from_the_start_has_been_asked():
    told = [(0, "failed"), (0, "passed")]
    assert due(*told, (2, RESET), (2, "passed")) == [5]
    assert due(*told, (2, "passed")) == [1]  # checked again, and not written again
    assert due(*told, (0.5, RESET), (0.5, "passed")) == [1]  # too soon


def test_the_next_due_comes_first_with_what_was_wrong_in_it():
    attempts = [
        Attempt(2, "b", "failed", ("sign",), ("x",)), Attempt(3, "b", "passed"),
        Attempt(1, "a", "failed"), Attempt(4, "a", "passed"),
    ]  # fmt: skip
    first, second = items(attempts)
    assert (first.kata, second.kata, list(second.slips), list(second.nodes)) == ("a", "b", ["sign"], ["x"])
