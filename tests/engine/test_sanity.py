"""`handgrad.sanity`: the five checks, and what each answers with."""

from __future__ import annotations

import math

import pytest

from handgrad import Value, sanity


@pytest.mark.parametrize("name", sanity.__all__)
def test_each_public_name_is_the_rooms_own(name):
    assert getattr(sanity, name).__module__.startswith("handgrad.nn.")


def test_each_check_has_an_answer_of_its_own():
    w = Value(3.0)
    w.grad = 6.0
    answers = {
        sanity.SumCheck: sanity.sums_to_zero([0.25, -0.25]),
        sanity.StepCheck: sanity.step_lowers_loss(lambda: w * w, [w], 0.1),
        sanity.StartCheck: sanity.starts_near_uniform(math.log(27), 27),
        sanity.DirectionCheck: sanity.along_gradient(lambda: w * w, [w]),
    }
    assert all(type(answer) is kind and isinstance(answer, sanity.Check) for kind, answer in answers.items())
    assert all(answers.values())
