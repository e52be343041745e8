"""A network whose gradients are judged by the names of their arrays."""

import numpy as np
import pytest

from handgrad import Status
from tests.demos.worksheets.small import A, B, small_exercise


@pytest.fixture
def exercise():
    return small_exercise()


def statuses(comparison):
    return {result.name: result.status.value for result in comparison.arrays}


def test_what_is_asked_for_is_judged_and_nothing_else(exercise):
    assert statuses(exercise.check(y=np.ones(3), a=-B)) == {"y": "correct", "a": "wrong"}
    assert statuses(exercise.check(b=None)) == {"b": "missing"}


def test_what_is_given_is_no_question_and_what_follows_from_it_is_carried(exercise):
    assert statuses(exercise.check(given={"y": np.full(3, 2.0)}, a=2.0 * B)) == {"a": "carried"}


def test_down_to_an_array_every_one_above_it_is_asked_for(exercise):
    written = {"dy": np.ones(3), "da": B, "db": A, "other": 1}
    assert statuses(exercise.check_down_to("a", written)) == {"y": "correct", "a": "correct"}
    assert exercise.check_down_to("b", written).ok


def test_an_array_that_there_is_not_is_refused_with_those_that_there_are(exercise):
    with pytest.raises(ValueError, match=r"no array 'c'\. They are: y, a, b\.$"):
        exercise.check(c=A)


def test_the_true_gradient_is_that_of_calculus(exercise):
    np.testing.assert_array_equal(exercise.true("a"), B)
    assert exercise.check(a=exercise.true("a")).arrays[0].status is Status.CORRECT


def test_the_numbers_cannot_be_written_to(exercise):
    with pytest.raises(ValueError, match="read-only"):
        exercise.numbers.y[0] = 1.0
