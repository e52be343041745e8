"""The results as files: JSON, tables for a spreadsheet and a gradebook, and what Gradescope reads."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from handgrad import HandgradError

from ...files import write_whole
from .score import POINTS, Result
from .text import printable

COLUMNS = ("student", "kata", "status", "score", "max_score", "tests", "passed", "slips", "message")
DEFAULTS = {
    "json": "grades.json",
    "csv": "grades.csv",
    "gradebook": "grades.gradebook.csv",
    "gradescope": "grades",
}
MOST_LETTERS = 200
"""Bytes of a student's name in that of a file, which most disks allow 255."""


class OutputError(HandgradError):
    """The results cannot be written where they should go."""


@dataclass(frozen=True)
class Output:
    """Where results go, and in which format.

    Attributes:
        form: one of `DEFAULTS`.
        path: a file; for Gradescope with a class, the folder of its files.
        is_class: whether there may be several students.
    """

    form: str
    path: Path
    is_class: bool

    @classmethod
    def at(cls, path: Path | None, form: str, *, is_class: bool) -> Output:
        """The output that a path was given for; None is the format's own default."""
        if path is None:
            path = Path(DEFAULTS[form] if is_class or form != "gradescope" else "results.json")
        # "." and ".." have no name beside which a journal could lie.
        return cls(form, path if path.name.strip(".") else Path(os.path.abspath(path)), is_class)

    @property
    def is_folder(self) -> bool:
        return self.form == "gradescope" and self.is_class

    @property
    def journal(self) -> Path:
        """One for every format, so that the next one is written without grading again."""
        return self.path.with_name(f"{self.path.name.partition('.')[0]}.journal.jsonl")

    @property
    def own(self) -> list[Path]:
        """What a grading may have written, or be about to, that is no student's."""
        return [self.path, self.journal, *map(Path, DEFAULTS.values())]

    def check(self) -> None:
        """Find out whether results can be written, before there are any.

        Raises:
            OutputError: they cannot.
        """
        path = self.path
        if self.is_folder and (path.suffix == ".json" or (path.exists() and not path.is_dir())):
            raise OutputError(
                f"gradescope writes one file a student, into a folder, and {path} is none. Give a folder: --out grades"
                ". If DIR is one student's submission, add: --student NAME"
            )
        if not self.is_folder and path.exists() and not path.is_file():
            instead = path / DEFAULTS[self.form] if path.is_dir() else DEFAULTS[self.form]
            raise OutputError(f"{path} is {'a folder' if path.is_dir() else 'no file'}. Give a file: --out {instead}")
        place = self._folder
        try:
            while not place.exists():
                place = place.parent
            os.rmdir(_scratch(place))
        except OSError as error:
            raise _cannot_be_written(error, path) from None

    def write(self, results: list[Result]) -> list[Path]:
        """Write the results in their order, each file whole or not at all.

        Returns:
            The files.

        Raises:
            OutputError: one cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            scratch = _scratch(self._folder)
            try:
                files = self._files(results)
                for path, text in files.items():
                    write_whole(path, text.encode("utf-8"), scratch=scratch)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        except OSError as error:
            raise _cannot_be_written(error, self.path) from None
        return list(files)

    @property
    def _folder(self) -> Path:
        return self.path if self.is_folder else self.path.parent

    def _files(self, results: list[Result]) -> dict[Path, str]:
        if self.is_folder:
            return {
                self.path / f"{file_name(student)}.json": as_gradescope(found)
                for student, found in by_student(results).items()
            }
        writer = {"json": as_json, "csv": as_csv, "gradebook": as_gradebook, "gradescope": as_gradescope}[self.form]
        return {self.path: writer(results)}


def _scratch(folder: Path) -> Path:
    """A new folder, on the disk of the results, for half-written files."""
    return Path(tempfile.mkdtemp(dir=folder, prefix=".handgrad-"))


def _cannot_be_written(error: OSError, path: Path) -> OutputError:
    return OutputError(f"{path} cannot be written ({error.strerror or error}). Give another place: --out")


def presented(result: Result, note: str = "") -> Result:
    """A result as it is put out: all of its text printable, with a note at the end of the message."""
    message = "\n\n".join(filter(None, [result.message, note]))
    return replace(
        result,
        student=printable(result.student),
        message=printable(message),
        slips=tuple(map(printable, result.slips)),
        output=printable(result.output),
    )


def by_student(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results of each student, students and results in the order in which they come."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.student, []).append(result)
    return found


def file_name(student: str) -> str:
    """A student's name as that of a file, which no name can lead out of its folder."""
    name = quote(student, safe=" ()+,=@~'") if student.strip(".") else student.replace(".", "%2E")
    if len(name) > MOST_LETTERS:
        name = f"{name[: MOST_LETTERS - 20]}-{hashlib.sha256(student.encode()).hexdigest()[:16]}"
    return name


def as_json(results: list[Result]) -> str:
    """An object with "students", each with points, the most there are, and every result whole under "katas"."""
    students = [
        {
            "student": student,
            "score": total(found),
            "max_score": POINTS * len(found),
            "katas": [{k: v for k, v in r.to_dict().items() if k != "student"} for r in found],
        }
        for student, found in by_student(results).items()
    ]
    return json.dumps({"students": students}, indent=1, ensure_ascii=False) + "\n"


def as_csv(results: list[Result]) -> str:
    """A row a student and kata, with `COLUMNS`; scores in points."""
    rows = [{**result.to_dict(), "slips": " ".join(result.slips)} for result in results]
    return _table([COLUMNS, *([row[name] for name in COLUMNS] for row in rows)])


def as_gradebook(results: list[Result]) -> str:
    """A row a student: the points of each kata, their sum, and the most there are."""
    katas = list(dict.fromkeys(result.kata for result in results))
    rows: list[Iterable[Any]] = [("student", *katas, "total", "max")]
    for student, found in by_student(results).items():
        scores = {result.kata: result.score for result in found}
        rows.append((student, *(scores[kata] for kata in katas), total(found), POINTS * len(found)))
    return _table(rows)


def _table(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(thing) for thing in row] for row in rows)
    return text.getvalue()


_FORMULA = re.compile(r"""(^|[;|\t\r\n])([\s"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")
"""What a spreadsheet would take for a formula, at the start of a cell: also where another one, which separates by a
semicolon say, and so does not see these quotes, begins a cell. In Japanese, the wide signs count as well."""


def _cell(thing: Any) -> Any:
    return _FORMULA.sub(r"\1\2'", thing) if isinstance(thing, str) else thing


def as_gradescope(results: list[Result]) -> str:
    """One student's results.json."""
    tests = [
        {
            "name": result.kata,
            "score": result.score,
            "max_score": POINTS,
            "output": text_of(result),
            "visibility": "visible",
        }
        for result in results
    ]
    passed = sum(result.status == "passed" for result in results)
    most = POINTS * len(results)
    whole = {
        "score": total(results),
        "output": f"{passed} of {len(results)} katas pass: {total(results):g} of {most:g} points.",
        "tests": tests,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def total(results: Iterable[Result]) -> float:
    """The points of some results together."""
    return round(sum(result.score for result in results), 2)


def text_of(result: Result) -> str:
    """What a student reads about one kata."""
    heading = {
        "passed": "Passed.",
        "failed": f"Not yet: {result.passed} of {result.tests} test{' passes' if result.tests == 1 else 's pass'}.",
        "error": "It breaks off.",
        "timeout": "It took too long.",
        "refused": "Not accepted.",
        "untouched": "As it was handed out.",
        "missing": "Not handed in.",
        "ungraded": "Not graded yet.",
    }[result.status]
    printed = f"It printed:\n{result.output.rstrip()}" if result.output.strip() and result.status != "passed" else ""
    return "\n\n".join(filter(None, [heading, result.message, printed]))
