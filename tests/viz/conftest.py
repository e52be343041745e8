"""The backward pass of makemore part 4 with one mistake in it, compared once for all pictures."""

from __future__ import annotations

import pytest

from handgrad import Comparison, compare
from tests.engine.slips.array_exercise import MISTAKES, Exercise


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    """Each gradient is filled in; one use of bndiff is not added."""
    exercise = Exercise()
    exercise.fill({m.array: m.rule for m in MISTAKES if (m.array, m.kinds[0]) == ("bndiff", "missing-path")})
    return exercise


@pytest.fixture(scope="session")
def comparison(exercise: Exercise) -> Comparison:
    return compare(exercise.values.loss)
