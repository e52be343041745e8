"""A folder of submissions, read into memory, once."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...files import same_text
from ...katas.course import Course, Kata
from ...katas.workspace.workspace import MARK
from ..results.text import shown
from .names import download, named_as_kata, student_of
from .submission import Submission, SubmissionsError

MOST_BYTES = 256 << 10
"""Bytes of one answer."""
MOST_ENTRIES = 20_000
"""Files and folders that are looked at in one student's folder."""
MOST_DEPTH = 6
"""Levels of folders below a student's folder."""
MOST_NAMED = 6
"""Names in one sentence; the rest are counted."""
NO_ANSWERS = frozenset({"solutions", "__pycache__"})
"""Folders that hold no answer; `solutions` is where a workspace keeps the course's own."""


@dataclass(frozen=True)
class HandIns:
    """A folder of submissions.

    Attributes:
        submissions: at least one a student, ordered by the names in the folder.
        skipped: the entries of the folder that are no student's, as they can be shown.
    """

    submissions: list[Submission]
    skipped: list[str]


def read_submissions(
    folder: Path, course: Course, *, student: str | None = None, own: Collection[Path] = ()
) -> HandIns:
    """Every answer in a folder of submissions.

    Each entry of the folder is a student: a folder, in which the files named as katas are looked for at any depth
    (a workspace of `handgrad start`, say), or a file STUDENT_KATA.py. Symbolic links, and what is no regular file,
    are reported and not followed.

    Args:
        student: whose submission the whole folder is; without it, a folder that is a workspace is one learner's.
        own: files and folders that the grading itself writes, which are nobody's.

    Raises:
        SubmissionsError: the folder cannot be read, or no entry of it is a student's.
    """
    reader = _Reader(folder, course)
    try:
        if student is None and (folder / MARK).is_dir():
            student = folder.resolve().name
        if student is not None:
            reader.add_folder(folder, shown(student))
        else:
            apart = {path.parent.resolve() / path.name for path in own}
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                if folder.resolve() / entry.name not in apart:
                    reader.add_entry(entry)
    except OSError as error:
        raise SubmissionsError(f"{folder} cannot be read ({error.strerror}). Give a folder of submissions.") from None
    if not reader.students:
        if reader.bare:
            raise SubmissionsError(
                f"{folder} holds answers that name no student: {_listed(reader.bare)}. If all of it is one student's "
                "submission, add: --student NAME"
            )
        raise SubmissionsError(
            f"{folder} holds no answers. Give a folder with one folder a student, in which files are named as katas "
            "(slope.py), or with files STUDENT_KATA.py (ada_slope.py)."
        )
    return HandIns(reader.read(), reader.skipped)


@dataclass(frozen=True, order=True)
class _Candidate:
    """A file that is named as a kata; of a student's several for one kata, the least is graded.

    Attributes:
        is_loose: whether it lies in no folder of the student's own.
        is_elsewhere: whether it lies where no workspace has it.
        depth: how many folders it lies deep in the student's folder.
        newest: minus its number and upload, so that the latest comes first.
        shown_path: its place in the folder of submissions.
    """

    is_loose: bool
    is_elsewhere: bool
    depth: int
    newest: tuple[int, int]
    shown_path: str
    path: Path = field(compare=False)


@dataclass
class _Student:
    """What is found of one student: the files of each kata, the others, and what is wrong with all of it."""

    files: dict[str, list[_Candidate]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    problem: str = ""


class _Reader:
    """Gathers what each student of a folder handed in.

    Attributes:
        students: by name.
        skipped: entries that are no student's.
        bare: those of them that are named as katas, but for no student.
    """

    def __init__(self, folder: Path, course: Course) -> None:
        self._folder, self._course = folder, course
        self.students: dict[str, _Student] = {}
        self.skipped: list[str] = []
        self.bare: list[str] = []

    def add_entry(self, entry: os.DirEntry[str]) -> None:
        """One entry of the folder, by its name and kind."""
        name, path = entry.name, Path(entry.path)
        if name.startswith(".") and not name.startswith(".."):
            self.skipped.append(shown(name))
            return
        if entry.is_dir(follow_symlinks=False):
            self.add_folder(path, shown(student_of(name)))
            return
        student, file_name, upload = download(name)
        found = named_as_kata(file_name, self._course)
        if found is not None and (student or found.before):
            newest = (-found.number, -upload)
            self._add(shown(student or found.before), found.kata, _Candidate(True, True, 0, newest, shown(name), path))
        elif student:
            self._student(shown(student)).others.append(shown(name))
        elif entry.is_symlink():
            problem = "The submission is a symbolic link, which is not followed. Hand in the files themselves."
            self._student(shown(name)).problem = problem
        else:
            self.skipped.append(shown(name))
            if found is not None:
                self.bare.append(shown(name))

    def add_folder(self, folder: Path, student: str) -> None:
        """All that lies in a folder of a student's own, whose name is given as it is shown."""
        home = self._student(student)
        waiting, count = [(folder, 0)], 0
        for place, depth in waiting:
            try:
                entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            except OSError as error:
                if depth == 0:
                    home.problem = f"The folder cannot be read ({error.strerror})."
                continue
            for entry in entries:
                count += 1
                if count > MOST_ENTRIES:
                    self.students[student] = _Student(problem=f"The folder holds more than {MOST_ENTRIES} files.")
                    return
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    if depth < MOST_DEPTH and entry.name not in NO_ANSWERS and not entry.name.startswith("."):
                        waiting.append((path, depth + 1))
                    continue
                found = named_as_kata(entry.name, self._course)
                if found is not None and not found.before:
                    is_elsewhere = place != folder / found.kata.place
                    newest, shown_path = (-found.number, 0), shown(str(path.relative_to(self._folder)))
                    self._add(student, found.kata, _Candidate(False, is_elsewhere, depth, newest, shown_path, path))
                elif not entry.name.startswith("."):
                    home.others.append(shown(str(path.relative_to(folder))))

    def read(self) -> list[Submission]:
        """The submissions, of which only now the files are read that count."""
        found = []
        for student, home in self.students.items():
            for kata in self._course.katas:
                if kata.name in home.files:
                    found.append(_best(sorted(home.files[kata.name]), student, kata))
            if home.problem or not home.files:
                held = f"It holds: {_listed(home.others)}" if home.others else "It holds no files."
                found.append(Submission(student, "", None, home.problem or f"No file is named as a kata. {held}"))
        return found

    def _student(self, student: str) -> _Student:
        return self.students.setdefault(student, _Student())

    def _add(self, student: str, kata: Kata, candidate: _Candidate) -> None:
        self._student(student).files.setdefault(kata.name, []).append(candidate)


def _best(candidates: list[_Candidate], student: str, kata: Kata) -> Submission:
    """Of a student's files for one kata, the first that somebody has worked on; else the first."""
    stub = kata.stub.read_bytes()
    for candidate in candidates:
        submission = _read(candidate.path, student, kata)
        if submission.content is not None and not same_text(submission.content, stub):
            break
    else:
        candidate, submission = candidates[0], _read(candidates[0].path, student, kata)
    others = [other.shown_path for other in candidates if other is not candidate]
    note = f"Graded: {candidate.shown_path}. Handed in too, and not graded: {_listed(others)}." if others else ""
    return replace(submission, note=note)


def _read(path: Path, student: str, kata: Kata) -> Submission:
    # Opened without following a link and without waiting for a pipe, and only then looked at, so that
    # what is looked at is what is read.
    def refused(why: str) -> Submission:
        return Submission(student, kata.name, None, f"{shown(path.name)} {why}")

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "is a symbolic link, which is not followed" if error.errno == errno.ELOOP else "cannot be read"
        return refused(f"{why}. Hand in the file itself.")
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return refused("is no regular file. Hand in a text file.")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return refused(f"is larger than {MOST_BYTES >> 10} KB. Hand in the program alone.")
    return Submission(student, kata.name, content)


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence, the first few of many."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
