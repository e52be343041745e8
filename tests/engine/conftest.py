"""The network of makemore part 4, to fill in rightly or not."""

from __future__ import annotations

import pytest

from .slips.array_exercise import Exercise


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    """One for all tests: each fills in what it is about."""
    return Exercise(batch=12, seed=11)
