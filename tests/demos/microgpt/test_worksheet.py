"""The worksheet as it is handed out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import handgrad.demos.microgpt
from handgrad.demos.microgpt import model
from handgrad.demos.microgpt.exercise import COURSE, Exercise

HERE = Path(handgrad.demos.microgpt.__file__).parent


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


def forward_lines() -> list[str]:
    """Each line of the forward pass, without what it says of shapes, the parameters by their names."""
    lines = [line.partition("#")[0].strip() for line in inspect.getsource(model.forward).splitlines()]
    first = lines.index('tok = p["wte"][tokens]')
    last = lines.index("loss = -np.log(probs[range(T), targets]).mean()")
    steps = lines[first : last + 1]
    return [re.sub(r'p\["(\w+)"\]', r"\1", step) for step in steps if step]


def test_the_worksheet_asks_for_every_array_and_has_none(exercise: Exercise) -> None:
    for outcome in COURSE.check(HERE / "worksheet.py", exercise):
        assert not outcome.problem
        assert len(outcome.comparison.missing) == len(outcome.comparison.arrays)


@pytest.mark.parametrize("name", ["worksheet.py", "worksheet.ipynb", "solution.ipynb"])
def test_the_forward_lines_stand_above_what_is_asked(name: str) -> None:
    text = (HERE / name).read_text(encoding="utf-8")
    for line in forward_lines():
        assert line in text, line
