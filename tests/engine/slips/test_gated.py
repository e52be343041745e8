"""A block whose layers are done in one go: where a mistake is made, and what it is."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, gradients

from .gated import MISTAKES, RULES, gated
from .lesson import Lesson, rounded


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return gated()


def test_the_rules_by_hand_are_right_and_no_rounding_of_them_is_accused(lesson):
    true = gradients(lesson.nodes.loss)
    for name, gradient in vars(lesson.fill()).items():
        np.testing.assert_allclose(gradient, true[getattr(lesson.nodes, name)], rtol=1e-7, atol=1e-12, err_msg=name)
    assert set(RULES) == {name for name in vars(lesson.nodes) if name != "loss"}
    for typed in (np.float32, *map(rounded, (3, 4, 6))):
        lesson.fill(typed=typed)
        assert compare(lesson.nodes.loss).ok


@pytest.mark.drawn(10)
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.array}-{m.kinds[0]}")
def test_each_mistake_is_placed_and_named_in_words_about_it(lesson, mistake):
    found = lesson.found(mistake)
    assert found.causes == [mistake.array]
    assert found.is_named, found.slip
