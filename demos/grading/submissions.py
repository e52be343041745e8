"""Who handed in what: a folder of submissions read into memory, once, before anything of it runs."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import HandgradError

from ..katas.course import Course, Kata
from ..katas.workspace import MARK

MOST_BYTES = 256 << 10
MOST_ENTRIES = 20_000
MOST_DEPTH = 6
SKIPPED = frozenset({"solutions", "__pycache__", "wrong"})
"""Folders that hold no answer; `solutions` is where a workspace keeps the course's own."""


class SubmissionsError(HandgradError):
    """A folder of submissions cannot be read."""


@dataclass(frozen=True)
class Submission:
    """One learner's answer to one kata.

    Attributes:
        student: the name of the folder or file, as it can be shown.
        kata: its name.
        content: the file's bytes; None where there is none to grade.
        problem: why there is none, "" where there is nothing wrong.
    """

    student: str
    kata: str
    content: bytes | None
    problem: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content or self.problem.encode()).hexdigest()


def read_submissions(folder: Path, course: Course) -> list[Submission]:
    """Every answer in a folder of submissions.

    Each entry of the folder is a student: a folder, in which the files named as katas are looked for at any depth
    (a workspace of `handgrad start`, say), or a file STUDENT_KATA.py. A folder that is a workspace itself is one
    student's. Symbolic links, and what is no regular file, are reported and not followed.

    Raises:
        SubmissionsError: the folder cannot be read, or holds no answer.
    """
    try:
        if (folder / MARK).is_dir():
            found = list(_in_folder(folder, shown(folder.resolve().name), course))
        else:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            found = [s for entry in entries for s in _of_entry(entry, course)]
    except OSError as error:
        raise SubmissionsError(f"{folder} cannot be read ({error.strerror}). Give a folder of submissions.") from None
    if not found:
        raise SubmissionsError(
            f"{folder} holds no answers. Give a folder with one folder a student, in which files are named as katas "
            "(slope.py), or with files STUDENT_KATA.py (ada_slope.py)."
        )
    return found


def shown(name: str) -> str:
    """A name from the disk, which may hold any bytes, as text that any file can hold."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _of_entry(entry: os.DirEntry[str], course: Course) -> Iterator[Submission]:
    if entry.name.startswith(".") and not entry.name.startswith(".."):
        return
    student, kata = _student_and_kata(entry.name, course)
    if entry.is_dir(follow_symlinks=False):
        yield from _in_folder(Path(entry.path), shown(entry.name), course)
    elif kata is not None:
        yield _read(Path(entry.path), shown(student), kata)
    elif entry.is_symlink():
        problem = "The submission is a symbolic link, which is not followed. Hand in the files themselves."
        yield Submission(shown(entry.name), "", None, problem)


def _student_and_kata(name: str, course: Course) -> tuple[str, Kata | None]:
    """ "ada_l_two_links.py" is ada_l's two_links; "slope.py" is that of a student called slope."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix != "py":
        return name, None
    fitting = [kata for kata in course.katas if stem == kata.name or stem.endswith(f"_{kata.name}")]
    if not fitting:
        return stem, None
    kata = max(fitting, key=lambda kata: len(kata.name))
    return stem[: -len(kata.name)].rstrip("_") or stem, kata


def _in_folder(folder: Path, student: str, course: Course) -> Iterator[Submission]:
    """The answers of a student: of several with one name, the one where a workspace has it, else the least deep."""
    by_file = {kata.file_name: kata for kata in course.katas}
    found: dict[str, list[tuple[bool, int, str, Path]]] = {}
    waiting, count = [(folder, 0)], 0
    for place, depth in waiting:
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            count += 1
            if count > MOST_ENTRIES:
                yield Submission(student, "", None, f"The folder holds more than {MOST_ENTRIES} files.")
                return
            if entry.is_dir(follow_symlinks=False):
                if depth < MOST_DEPTH and entry.name not in SKIPPED and not entry.name.startswith("."):
                    waiting.append((Path(entry.path), depth + 1))
            elif entry.name in by_file:
                kata, path = by_file[entry.name], Path(entry.path)
                is_elsewhere = path != folder / kata.place / kata.file_name
                found.setdefault(kata.name, []).append((is_elsewhere, depth, os.fspath(path), path))
    for kata in course.katas:
        if kata.name in found:
            yield _read(min(found[kata.name])[3], student, kata)


def _read(path: Path, student: str, kata: Kata) -> Submission:
    # Opened without following a link and without waiting for a pipe, and only then looked at, so that
    # what is looked at is what is read.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "is a symbolic link, which is not followed" if error.errno == errno.ELOOP else "cannot be read"
        return Submission(student, kata.name, None, f"{kata.file_name} {why}. Hand in the file itself.")
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            return Submission(student, kata.name, None, f"{kata.file_name} is no regular file. Hand in a text file.")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        problem = f"{kata.file_name} is larger than {MOST_BYTES >> 10} KB. Hand in the program alone."
        return Submission(student, kata.name, None, problem)
    return Submission(student, kata.name, content)
