"""The worksheet as it is handed out."""

from __future__ import annotations

import pytest

from handgrad.demos.microgpt.exercise import COURSE, Exercise
from tests.demos.microgpt.handed_out import FORWARD_LINES, HERE


def test_the_worksheet_asks_for_every_array_and_has_none(exercise: Exercise) -> None:
    for outcome in COURSE.check(HERE / "worksheet.py", exercise):
        assert not outcome.problem
        assert len(outcome.comparison.missing) == len(outcome.comparison.arrays)


@pytest.mark.parametrize("name", ["worksheet.py", "worksheet.ipynb", "solution.ipynb"])
def test_the_forward_lines_stand_above_what_is_asked(name: str) -> None:
    text = (HERE / name).read_text(encoding="utf-8")
    for line in FORWARD_LINES:
        assert line in text, line
