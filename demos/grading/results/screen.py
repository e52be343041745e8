"""What the teacher sees while a class is graded, and when it has been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from .score import Result, most, total


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Go on unseen after the reader has had enough (`| head`)."""
        self.quiet = True


class ProgressDisplay:
    """How far it is: a line a student, and in a terminal a bar below them. On standard error.

    Args:
        answers: how many there are to grade, all students' together.
        katas: how many answers a student has.
    """

    def __init__(self, answers: int, katas: int) -> None:
        self._console = _Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("", total=answers)
        self._katas, self._students = katas, answers // max(katas, 1)
        self._done = 0
        self._of_student: dict[str, list[Result]] = {}

    def __enter__(self) -> ProgressDisplay:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, result: Result) -> None:
        """Show that one more is graded."""
        self._bar.advance(self._task)
        found = self._of_student.setdefault(result.student, [])
        found.append(result)
        if len(found) == self._katas:
            self._done += 1
            place = f"{self._done:>{len(str(self._students))}} of {self._students}"
            self._console.print(f"{place}  {result.student}: {total(found):g} of {most(found):g}")


def summary(results: Iterable[Result]) -> Table:
    """Return how a class did: a row a kata, with its most frequent slip."""
    of_kata: dict[str, list[Result]] = {}
    for result in results:
        of_kata.setdefault(result.kata, []).append(result)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("kata")
    for heading in ("passed", "mean score"):
        table.add_column(heading, justify="right")
    table.add_column("most frequent slip")
    for kata, found in of_kata.items():
        passed = sum(result.status == "passed" for result in found)
        slips = Counter(kind for result in found for kind in result.slips).most_common(1)
        table.add_row(
            kata,
            f"{passed} of {len(found)}",
            f"{sum(result.score for result in found) / len(found):.1f}",
            ", ".join(f"{kind} ({count})" for kind, count in slips),
        )
    return table
