"""The commands that every worksheet has: one that writes it, and one that says what is right so far."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click

from handgrad import viz
from handgrad.viz.unpacking import find_text

from ..usage import FittedError, say
from .array_report import report
from .exercise import Exercise
from .parts import Outcome, Part, Training
from .running import Worksheet, WorksheetError


@dataclass(frozen=True)
class Course:
    """A network's worksheet.

    Attributes:
        package: whose `worksheet.py` and `worksheet.ipynb` are handed out: handgrad.demos.NAME.
        begin: the name of the command that writes one.
        exercise: makes what it is judged by.
        parts: in their order; a part's number is its place, from 1.
        steps: how long the last part trains, where nothing else is asked for.
    """

    package: str
    begin: str
    exercise: Callable[[], Exercise]
    parts: Sequence[Part]
    steps: int

    @property
    def name(self) -> str:
        """makemore, microgpt."""
        return self.package.rpartition(".")[2]

    @property
    def start(self) -> str:
        """The command that writes a worksheet, as one types it."""
        return f"python -m {self.package} {self.begin}"

    def check(self, path: Path, exercise: Exercise, numbers: Sequence[int] = ()) -> Iterator[Outcome]:
        """Judge the parts of a worksheet that have these numbers, all without any.

        Raises:
            WorksheetError: it cannot be read.
        """
        return self.outcomes(Worksheet(path, self.start), exercise, numbers)

    def outcomes(self, worksheet: Worksheet, exercise: Exercise, numbers: Sequence[int] = ()) -> Iterator[Outcome]:
        """Judge the parts of a worksheet that is loaded."""
        for number, part in enumerate(self.parts, start=1):
            if not numbers or number in numbers:
                yield Outcome(number, part.title, *part.judge(worksheet, exercise))


def commands(course: Course) -> list[click.Command]:
    """Return what writes the worksheet, and what checks it."""
    default = Path(f"{course.name}_worksheet.py")

    @click.command(name=course.begin)
    @click.argument("path", type=click.Path(path_type=Path), default=default)
    def begin(path: Path) -> None:
        """Copy the worksheet to PATH; a file that is there already is left as it is.

        A PATH that ends in .ipynb gets the notebook.
        """
        _begin(course, path)

    @click.command(name="check")
    @click.argument("worksheet", type=click.Path(path_type=Path), default=default)
    @click.option(
        "--part",
        "numbers",
        type=click.IntRange(1, len(course.parts)),
        multiple=True,
        help="Only this part; may be repeated.",
    )
    @click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
    @click.option(
        "--steps",
        type=click.IntRange(1),
        default=course.steps,
        show_default=True,
        help="How long the last part trains.",
    )
    def check(worksheet: Path, numbers: tuple[int, ...], out: Path, steps: int) -> None:
        """Say which arrays of WORKSHEET are right so far, and draw those of a part that is not.

        Ends with status 1 while something is wrong or missing.
        """
        _check(course, worksheet, numbers, out, steps)

    return [begin, check]


def _begin(course: Course, path: Path) -> None:
    if path.suffix not in (".py", ".ipynb"):
        raise FittedError(f"{path} ends neither in .py nor in .ipynb. Write, for example: {course.start} mine.py")
    text = find_text(Path(str(files(course.package))) / f"worksheet{path.suffix}").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise FittedError(f"{path} is there already and was not touched. Name another, or go on.") from None
    if path.suffix == ".ipynb":
        say(f"Written: {path}. Open it in Jupyter; it checks itself, cell by cell.")
    else:
        say(f"Written: {path}. Fill it in, and check with: python -m {course.package} check {path}")


def _check(course: Course, path: Path, numbers: Sequence[int], out: Path, steps: int) -> None:
    all_right = True
    try:
        worksheet = Worksheet(path, course.start)
    except WorksheetError as error:
        raise FittedError(str(error)) from None
    for outcome in course.outcomes(worksheet, course.exercise(), numbers):
        say(f"Part {outcome.number}: {outcome.title}")
        _report(course, outcome, out)
        all_right &= outcome.is_right
        part = course.parts[outcome.number - 1]
        if isinstance(part, Training) and outcome.is_right:
            say(part.train(worksheet.module, steps))
        say()
    sys.exit(0 if all_right else 1)


def _report(course: Course, outcome: Outcome, out: Path) -> None:
    if outcome.problem:
        say(f"  {outcome.problem}")
    click.echo(report(outcome.comparison))
    if outcome.comparison.causes:
        path = viz.save(outcome.comparison, out / f"{course.name}_part{outcome.number}.png")
        say(f"Drawn: {path}")
