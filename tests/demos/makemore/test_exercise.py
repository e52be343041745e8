"""The exercise: one batch of the network, judged array by array."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Status
from handgrad.demos.makemore import model
from tests.demos.makemore.handed_out import HERE


def test_the_network_has_the_lectures_size_and_the_same_numbers_as_nodes(exercise):
    x, v = exercise.numbers, exercise.values
    assert (x.n, x.emb.shape, x.h.shape, x.probs.shape) == (32, (32, 3, 10), (32, 64), (32, 27))
    for name in model.INTERMEDIATES:
        assert getattr(v, name).label == name
        assert getattr(v, name).data == pytest.approx(getattr(x, name))
    assert v.loss.data == pytest.approx(x.loss)


def test_the_size_of_the_exercise_is_told_as_it_is(exercise):
    count = sum(getattr(exercise.numbers, name).size for name in model.INTERMEDIATES)
    for text in (HERE / "README.md", HERE.parent / "docs" / "pages" / "howto" / "arrays.md"):
        said = " ".join(text.read_text(encoding="utf-8").split())
        assert f"{len(model.INTERMEDIATES)} arrays" in said
        assert f"some {round(count, -3):,} numbers" in said


@pytest.mark.parametrize("written", ["text", [[1.0], [2.0, 3.0]], 0.0, object(), np.array(["a"]), [None] * 64])
def test_what_is_no_array_of_numbers_is_a_verdict_on_that_array(exercise, written):
    comparison = exercise.check(b1=written, W1=exercise.true("W1"))
    assert {result.name: result.status for result in comparison.arrays} == {"b1": Status.WRONG, "W1": Status.CORRECT}
    assert "b1" in str(comparison)


def test_a_check_knows_nothing_of_what_an_earlier_one_was_given(exercise):
    exercise.check(probs=-exercise.true("probs"))
    (result,) = exercise.check(counts=-exercise.true("counts")).arrays  # it would follow from those
    assert result.status is Status.WRONG
    (result,) = exercise.check(given={"probs": -exercise.true("probs")}, counts=-exercise.true("counts")).arrays
    assert result.status is Status.CARRIED


def test_a_check_refuses_an_unknown_array(exercise):
    with pytest.raises(ValueError, match="no array 'bn'"):
        exercise.check(bn=np.zeros(3))
