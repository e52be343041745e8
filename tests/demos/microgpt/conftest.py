"""What the tests of the exercise share."""

import pytest

from handgrad.demos.microgpt.exercise import Exercise


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    return Exercise()
