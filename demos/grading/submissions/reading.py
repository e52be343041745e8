"""A folder of submissions, read into memory, once."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...files import same_text
from ...katas.course import Course, Kata
from ...katas.workspace.workspace import MARK
from ...usage import list_some
from ..results.printable_names import escape_name
from . import notebook
from .archive import Member, members
from .file_names import PROGRAMS, download, is_late, named_as_kata, student_of
from .safe_files import RefusedError, open_safely
from .submission import Submission, SubmissionsError

MOST_BYTES = 256 << 10
"""Bytes of one answer."""
MOST_ENTRIES = 20_000
"""Files and folders that are looked at in one student's folder."""
MOST_DEPTH = 20
"""Levels of folders below a student's folder."""
ARCHIVE = ".zip"
A_LINK = " (a symbolic link, which is not followed: hand in the files themselves)"
NO_ANSWERS = frozenset({"solutions", "__pycache__", "__MACOSX"})
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
    """Return every answer in a folder of submissions.

    Each entry of the folder is a student: a folder, in which the files named as katas are looked for, twenty folders
    deep (a workspace of `handgrad start`, say), or a file STUDENT_KATA.py or STUDENT.zip. What is in a zip counts as if
    it lay beside it. Symbolic links, and what is no regular file, are reported and not followed.

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
            reader.add_folder(folder, escape_name(student))
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
                f"{folder} holds answers that name no student: {list_some(reader.bare)}. If all of it is one "
                "student's submission, add: --student NAME"
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
        path: the file, or the archive that it is in.
        member: what it is in an archive; None for a file of its own.
        is_late: whether the course platform says that it came late.
    """

    is_loose: bool
    is_elsewhere: bool
    depth: int
    newest: tuple[int, int]
    shown_path: str
    path: Path = field(compare=False)
    member: Member | None = field(default=None, compare=False)
    is_late: bool = field(default=False, compare=False)


@dataclass
class _Student:
    """What is found of one student: the files of each kata, the others, and what is wrong with all of it.

    Attributes:
        closed: folders that are not looked into.
    """

    files: dict[str, list[_Candidate]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    problem: str = ""

    def close(self, folder: str, depth: int) -> None:
        """Note a folder that is skipped: it is too deep or holds no answer."""
        why = f" (more than {MOST_DEPTH} folders deep: hand it in higher up)" if depth > MOST_DEPTH else ""
        if f"{folder}{why}" not in self.closed:
            self.closed.append(f"{folder}{why}")

    def describe_unnamed(self) -> str:
        """Return what to say where no file is named as a kata."""
        told = [f"It holds: {list_some(self.others)}"] if self.others else []
        told += [f"Not looked into: {list_some(self.closed)}"] if self.closed else []
        return f"No file is named as a kata. {'. '.join(told) or 'It holds no files.'}"


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
        """Add one entry of the folder, by its name and kind."""
        name, path = entry.name, Path(entry.path)
        if name.startswith(".") and not name.startswith(".."):
            self.skipped.append(escape_name(name))
            return
        if entry.is_dir(follow_symlinks=False):
            self.add_folder(path, escape_name(student_of(name)))
            return
        student, file_name, upload = download(name)
        found = named_as_kata(file_name, self._course)
        if found is not None and (student or found.before):
            newest = (-found.number, -upload)
            candidate = _Candidate(True, True, 0, newest, escape_name(name), path, is_late=is_late(name))
            self._add(escape_name(student or found.before), found.kata, candidate)
        elif file_name.lower().endswith(ARCHIVE) and not entry.is_symlink():
            self._add_archive(path, escape_name(student or name[: -len(ARCHIVE)]), 0, late=is_late(name))
            self._skip_if_empty(escape_name(name[: -len(ARCHIVE)]), escape_name(name))
        elif student:
            self._student(escape_name(student)).others.append(escape_name(name))
        elif entry.is_symlink():
            problem = "The submission is a symbolic link, which is not followed. Hand in the files themselves."
            self._student(escape_name(name)).problem = problem
        else:
            self.skipped.append(escape_name(name))
            if found is not None:
                self.bare.append(escape_name(name))

    def add_folder(self, folder: Path, student: str) -> None:
        """Add all that is in a folder of a student's own."""
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
                    too_many = f"The folder holds more than {MOST_ENTRIES:,} files. Hand in the programs alone."
                    self.students[student] = _Student(problem=too_many)
                    return
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    if depth < MOST_DEPTH and not _is_closed(entry.name):
                        waiting.append((path, depth + 1))
                    elif not entry.name.startswith((".", "__")):
                        home.close(escape_name(str(path.relative_to(folder))), depth + 1)
                    continue
                found = named_as_kata(entry.name, self._course)
                if found is not None and not found.before:
                    is_elsewhere = place.relative_to(folder).as_posix() not in _homes(found.kata)
                    newest, shown_path = (-found.number, 0), escape_name(str(path.relative_to(self._folder)))
                    self._add(student, found.kata, _Candidate(False, is_elsewhere, depth, newest, shown_path, path))
                elif entry.name.lower().endswith(ARCHIVE) and not entry.is_symlink():
                    self._add_archive(path, student, depth)
                elif not entry.name.startswith("."):
                    is_link = A_LINK if entry.is_symlink() else ""
                    home.others.append(escape_name(str(path.relative_to(folder))) + is_link)

    def _add_archive(self, archive: Path, student: str, depth: int, *, late: bool = False) -> None:
        """Add what is in a zip, as if it were a folder."""
        home, name = self._student(student), escape_name(str(archive.relative_to(self._folder)))
        try:
            for member in members(archive, PROGRAMS, notebook.MOST_BYTES):
                *folders, file_name = member.parts
                found = named_as_kata(file_name, self._course)
                inner = f"{name}/{escape_name('/'.join(member.parts))}"
                closed = next((i for i, f in enumerate(folders, 1) if i > MOST_DEPTH or _is_closed(f)), 0)
                if closed:
                    if not folders[closed - 1].startswith((".", "__")):
                        home.close(f"{name}/{escape_name('/'.join(folders[:closed]))}", closed)
                    continue
                if found is not None and not found.before:
                    is_elsewhere = "/".join(folders) not in _homes(found.kata)
                    deep, newest = depth + 1 + len(folders), (-found.number, 0)
                    place = _Candidate(False, is_elsewhere, deep, newest, inner, archive, member, late)
                    self._add(student, found.kata, place)
                elif not file_name.startswith("."):
                    home.others.append(inner + (A_LINK if member.why else ""))
        except RefusedError as error:
            home.problem = home.problem or f"{escape_name(archive.name)} {error}"

    def _skip_if_empty(self, student: str, name: str) -> None:
        """Skip a zip that names no student and holds no kata."""
        home = self.students.get(student)
        if home is not None and not home.files and not home.problem:
            del self.students[student]
            self.skipped.append(name)

    def read(self) -> list[Submission]:
        """Return the submissions; only those that count are read."""
        found = []
        for student, home in self.students.items():
            for kata in self._course.katas:
                if kata.name in home.files:
                    found.append(_best(sorted(home.files[kata.name]), student, kata))
            if home.problem or not home.files:
                found.append(Submission(student, "", None, home.problem or home.describe_unnamed()))
        return found

    def _student(self, student: str) -> _Student:
        return self.students.setdefault(student, _Student())

    def _add(self, student: str, kata: Kata, candidate: _Candidate) -> None:
        self._student(student).files.setdefault(kata.name, []).append(candidate)


def _homes(kata: Kata) -> tuple[str, str]:
    """Return the kata's place in a workspace, and its place under the old numbers."""
    return kata.place, kata.old_place


def _is_closed(folder: str) -> bool:
    """Return whether a folder of this name holds no answer."""
    return folder in NO_ANSWERS or folder.startswith(".")


def _best(candidates: list[_Candidate], student: str, kata: Kata) -> Submission:
    """Return a student's first changed file for a kata; else the first."""
    stub = kata.stub.read_bytes()
    for candidate in candidates:
        submission = _read(candidate, student, kata)
        if submission.content is not None and not same_text(submission.content, stub):
            break
    else:
        candidate, submission = candidates[0], _read(candidates[0], student, kata)
    others = [other.shown_path for other in candidates if other is not candidate]
    note = f"Graded: {candidate.shown_path}. Handed in too, and not graded: {list_some(others)}." if others else ""
    return replace(submission, note=note, late=candidate.is_late)


def _read(candidate: _Candidate, student: str, kata: Kata) -> Submission:
    name = candidate.path.name if candidate.member is None else candidate.member.parts[-1]
    is_notebook = name.endswith(".ipynb")
    most = notebook.MOST_BYTES if is_notebook else MOST_BYTES
    try:
        content = _content(candidate, most)
        if len(content) > most:
            size = f"{most >> 20} MB" if is_notebook else f"{most >> 10} KB"
            raise RefusedError(f"is larger than {size}. Hand in the program alone.")
        if not is_notebook:
            return Submission(student, kata.name, content)
        program = notebook.program(content)
        return Submission(student, kata.name, program.content, cells=program.cells)
    except RefusedError as error:
        return Submission(student, kata.name, None, f"{escape_name(name)} {error}")


def _content(candidate: _Candidate, most: int) -> bytes:
    """Return what is in the file, at most one byte more than allowed."""
    if candidate.member is not None:
        if candidate.member.content is None:
            raise RefusedError(candidate.member.why)
        return candidate.member.content
    with open_safely(candidate.path) as file:
        return file.read(most + 1)
