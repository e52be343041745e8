"""The results as files: JSON, tables for a spreadsheet and a gradebook, and what Gradescope reads."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from handgrad import HandgradError

from ...files import write_whole
from ...printable import printable
from .platforms import write_canvas, write_moodle
from .score import Result, group_by_student, most, total
from .table import table

COLUMNS = (
    "student", "kata", "status", "score", "max_score", "tests", "passed", "slips", "late", "same_as", "message",
)  # fmt: skip
DEFAULTS = {
    "json": "grades.json",
    "csv": "grades.csv",
    "gradebook": "grades.gradebook.csv",
    "gradescope": "grades",
    "canvas": "grades.canvas.csv",
    "moodle": "grades.moodle.csv",
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
        column: of a platform's gradebook: what the assignment is called there.
    """

    form: str
    path: Path
    is_class: bool
    column: str = "handgrad"

    @classmethod
    def for_path(cls, path: Path | None, form: str, *, is_class: bool, column: str = "handgrad") -> Output:
        """Return the output for a path; None is the format's default."""
        if path is None:
            path = Path(DEFAULTS[form] if is_class or form != "gradescope" else "results.json")
        # "." and ".." have no name beside which a journal could lie.
        return cls(form, path if path.name.strip(".") else Path(os.path.abspath(path)), is_class, column)

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
                    write_whole(path, text.encode("utf-8"), scratch=scratch, is_private=True)
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
                self.path / f"{file_name(student)}.json": write_gradescope(found)
                for student, found in group_by_student(results).items()
            }
        if self.form == "canvas":
            return {self.path: write_canvas(results, self.column)}
        writers = {"json": write_json, "csv": write_csv, "gradebook": write_gradebook, "gradescope": write_gradescope}
        return {self.path: {**writers, "moodle": write_moodle}[self.form](results)}


def _scratch(folder: Path) -> Path:
    """Return a new folder, on the disk of the results, for half-written files."""
    return Path(tempfile.mkdtemp(dir=folder, prefix=".handgrad-"))


def _cannot_be_written(error: OSError, path: Path) -> OutputError:
    return OutputError(f"{path} cannot be written ({error.strerror or error}). Give another place: --out")


def write_feedback(folder: Path, results: list[Result]) -> int:
    """Write what each student should read into NAME.txt; return how many there are.

    Raises:
        OutputError: one cannot be written.
    """
    told = group_by_student(results)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for student, found in told.items():
            text = feedback(found).encode("utf-8")
            write_whole(folder / f"{file_name(student)}.txt", text, scratch=folder, is_private=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror or error}). Give another: --feedback") from None
    return len(told)


def feedback(results: list[Result]) -> str:
    """Return what one student should read about all of the katas."""
    parts = [f"{result.kata}: {result.score:g} of {result.points:g}\n\n{text_of(result)}" for result in results]
    return "\n\n".join([f"{total(results):g} of {most(results):g} points.", *parts]) + "\n"


def make_printable(result: Result, note: str = "") -> Result:
    """Return a result with all its text printable, and a note after the message."""
    message = "\n\n".join(filter(None, [result.message, note]))
    return replace(
        result,
        student=printable(result.student),
        message=printable(message),
        slips=tuple(map(printable, result.slips)),
        output=printable(result.output),
    )


def file_name(student: str) -> str:
    """Return a student's name as a file name that cannot leave its folder."""
    name = quote(student, safe=" ()+,=@~'") if student.strip(".") else student.replace(".", "%2E")
    if len(name) > MOST_LETTERS:
        name = f"{name[: MOST_LETTERS - 20]}-{hashlib.sha256(student.encode()).hexdigest()[:16]}"
    return name


def write_json(results: list[Result]) -> str:
    """Return an object "students": points, the most there are, and each result under "katas"."""
    students = [
        {
            "student": student,
            "score": total(found),
            "max_score": most(found),
            "katas": [{k: v for k, v in r.to_dict().items() if k != "student"} for r in found],
        }
        for student, found in group_by_student(results).items()
    ]
    return json.dumps({"students": students}, indent=1, ensure_ascii=False) + "\n"


def write_csv(results: list[Result]) -> str:
    """Return a row a student and kata, with `COLUMNS`; scores in points."""
    rows = [
        {
            **result.to_dict(),
            "slips": " ".join(result.slips),
            "late": "late" if result.late else "",
            "same_as": ", ".join(result.same_as),
        }
        for result in results
    ]
    return table([COLUMNS, *([row[name] for name in COLUMNS] for row in rows)])


def write_gradebook(results: list[Result]) -> str:
    """Return a row a student: the points of each kata, their sum, and the most there are."""
    katas = list(dict.fromkeys(result.kata for result in results))
    rows: list[Iterable[Any]] = [("student", *katas, "total", "max")]
    for student, found in group_by_student(results).items():
        scores = {result.kata: result.score for result in found}
        rows.append((student, *(scores[kata] for kata in katas), total(found), most(found)))
    return table(rows)


def write_gradescope(results: list[Result]) -> str:
    """Return one student's results.json."""
    tests = [
        {
            "name": result.kata,
            "score": result.score,
            "max_score": result.points,
            "output": text_of(result),
            "visibility": "visible",
        }
        for result in results
    ]
    passed = sum(result.status == "passed" for result in results)
    whole = {
        "score": total(results),
        "output": f"{passed} of {len(results)} katas pass: {total(results):g} of {most(results):g} points.",
        "tests": tests,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def text_of(result: Result) -> str:
    """Return what a student reads about one kata."""
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
