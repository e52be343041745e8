"""What the runner says about a worksheet: the four parts, one after the other."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from handgrad import Comparison

from . import model
from .exercise import Exercise
from .training import sample, train

PARTS = {
    1: "every array, one by one",
    2: "cross-entropy in one go",
    3: "batch norm in one go",
    4: "training with your own backward pass",
}

START = "python -m handgrad.demos.makemore start"


class WorksheetError(Exception):
    """A worksheet that cannot be read."""


class Part(NamedTuple):
    """The outcome of one part; `problem` is what went wrong when it ran, "" for nothing."""

    number: int
    comparison: Comparison
    problem: str

    @property
    def is_right(self) -> bool:
        return self.comparison.ok and not self.problem


def load(path: Path) -> ModuleType:
    """A worksheet as a module.

    Raises:
        WorksheetError: there is no such file, it is no Python file, or it cannot be run.
    """
    if not path.is_file():
        raise WorksheetError(f"There is no file {str(path)!r}. Get a worksheet with: {START}")
    spec = importlib.util.spec_from_file_location("worksheet", path)
    if spec is None or spec.loader is None:
        raise WorksheetError(f"{str(path)!r} is not a .py file. A notebook is checked inside Jupyter, cell by cell.")
    worksheet = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(worksheet)
    except Exception as error:
        raise WorksheetError(f"The worksheet {str(path)!r} cannot be run: {_where(error, path)}") from error
    return worksheet


def check(path: Path, exercise: Exercise, parts: tuple[int, ...] = (1, 2, 3, 4)) -> Iterator[Part]:
    """Judge the parts of a worksheet.

    Raises:
        WorksheetError: it cannot be read.
    """
    worksheet = load(path)
    for number in parts:
        yield _PARTS[number](worksheet, exercise, path)


def training_report(backward: Callable[[Any], Any], steps: int = 2000) -> str:
    """Train, and say what came of it in two lines."""
    run = train(backward, steps)
    first, last = sum(run.losses[:20]) / 20, sum(run.losses[-200:]) / len(run.losses[-200:])
    made = ", ".join(sample(run.parameters))
    return f"{steps:,} steps with your gradients: the loss falls from {first:.2f} to {last:.2f}.\nIt makes up: {made}"


def _part_1(worksheet: ModuleType, exercise: Exercise, path: Path) -> Part:
    found, problem = _by_name(*_call(path, getattr(worksheet, "every_step", None), exercise.numbers))
    return Part(1, exercise.check(**{name: found.get(f"d{name}") for name in model.INTERMEDIATES}), problem)


def _part_2(worksheet: ModuleType, exercise: Exercise, path: Path) -> Part:
    made, problem = _call(path, getattr(worksheet, "cross_entropy", None), exercise.numbers)
    return Part(2, exercise.check(logits=None if problem else made), problem)


def _part_3(worksheet: ModuleType, exercise: Exercise, path: Path) -> Part:
    upstream = exercise.true("hpreact")
    made, problem = _call(path, getattr(worksheet, "batch_norm", None), exercise.numbers, upstream.copy())
    return Part(3, exercise.check(given={"hpreact": upstream}, hprebn=None if problem else made), problem)


def _part_4(worksheet: ModuleType, exercise: Exercise, path: Path) -> Part:
    made, problem = _call(path, getattr(worksheet, "backward", None), exercise.numbers)
    found, problem = _by_name({} if problem else made, problem)
    return Part(4, exercise.check(**{name: found.get(name) for name in model.PARAMETERS}), problem)


_PARTS = {1: _part_1, 2: _part_2, 3: _part_3, 4: _part_4}


def _by_name(made: Any, problem: str) -> tuple[dict[str, Any], str]:
    """The gradients by name, and what is wrong where there are none."""
    if isinstance(made, dict):
        return made, problem
    return {}, problem or f"The function of this part returned a {type(made).__name__}, not a dict of gradients."


def _call(path: Path, function: Any, *inputs: Any) -> tuple[Any, str]:
    """What a function of the worksheet returns, and what went wrong; then its variables so far."""
    if not callable(function):
        return None, "The worksheet lacks the function of this part."
    try:
        return function(*inputs), ""
    except Exception as error:
        frames = [frame for frame, _ in _in_worksheet(error, path)]
        return dict(frames[0].f_locals) if frames else None, _where(error, path)


_ADVICE = {
    "read-only": ". What the forward pass has computed is copied before it is changed, as in x.probs.copy().",
    "'NoneType'": ". A gradient that is used there is still None.",
}
"""What to say of errors that come of the worksheet rather than of a mistake in NumPy."""


def _where(error: Exception, path: Path) -> str:
    """The error in one line, with the line of the worksheet it comes from."""
    lines = [line for _, line in _in_worksheet(error, path)]
    at = f"line {lines[-1]}: " if lines else ""
    advice = next((advice for text, advice in _ADVICE.items() if text in str(error)), "")
    return f"{at}{type(error).__name__}: {error}{advice}"


def _in_worksheet(error: Exception, path: Path) -> list[tuple[FrameType, int]]:
    """The calls on the way to an error that stand in the worksheet, with their lines."""
    calls = traceback.walk_tb(error.__traceback__)
    return [(frame, line) for frame, line in calls if Path(frame.f_code.co_filename).resolve() == path.resolve()]
