"""A learner's folder: laid out without touching what is there, found again, and set back a kata at a time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from handgrad import HandgradError

from ...files import last_set_aside, same_text, set_aside, write_whole
from ...invocation import own_name
from ..course import COURSE, Course, Kata
from ..memory.history import RESET, UNDONE, Attempt, History
from .old_folders import move_old_folders
from .progress import DamagedError, Progress, ProgressFile, parse, text_of
from .readme import readme

MARK = ".handgrad"
"""The folder that makes a folder a workspace; it holds the progress and the pictures."""
SETTINGS = "course.json"
"""In it, which course this is. It is always there, as git keeps no empty folder."""
FOLDER = "handgrad-katas"
"""What a workspace is called where nobody says how."""


class NoWorkspaceError(HandgradError):
    """A command needs a workspace and there is none here.

    Attributes:
        is_beside: whether one of the usual name lies in the current folder.
    """

    def __init__(self, start: Path) -> None:
        self.is_beside = (start / FOLDER / MARK).is_dir()
        if self.is_beside:
            super().__init__(f"your katas are in {FOLDER}. Go there first: cd {FOLDER}")
        else:
            super().__init__(f"this is no workspace of katas. Make one with: {own_name()} start")


class WorkspaceError(HandgradError):
    """A workspace cannot be made or used as it was asked for."""


@dataclass(frozen=True)
class Layout:
    """What laying out a workspace did, each as paths within it.

    Attributes:
        added: files that were missing.
        edited: files that differ from the course's and were left as they are.
        moved: what `Workspace.renumber` says.
    """

    added: tuple[str, ...]
    edited: tuple[str, ...]
    moved: str = ""


def _files(course: Course) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a course in a workspace: place and content."""
    yield "README.md", readme(course).encode("utf-8")
    for place, file in course.files(hints=False):
        yield place, file.read_bytes()


class Workspace:
    """A learner's folder with the course in it.

    Attributes:
        folder: the top of it.
        progress_file: what the learner has done.
        history: what was tried, and when.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.progress_file = ProgressFile(folder / MARK / "progress.json")
        self.history = History(folder / MARK / "history.jsonl")

    @classmethod
    def find(cls, start: Path) -> Workspace:
        """Return the workspace that a folder lies in.

        Raises:
            NoWorkspaceError: it lies in none.
        """
        start = start.resolve()
        for folder in (start, *start.parents):
            if (folder / MARK).is_dir():
                return cls(folder)
        raise NoWorkspaceError(start)

    @property
    def is_there(self) -> bool:
        return (self.folder / MARK).is_dir()

    @cached_property
    def course(self) -> Course:
        """The course that the workspace was started with.

        Raises:
            WorkspaceError: its folder is gone.
        """
        try:
            settings = json.loads((self.folder / MARK / SETTINGS).read_text(encoding="utf-8"))
            places = [self.folder / settings[key] for key in ("beside", "folder") if key in settings]
        except (OSError, ValueError, TypeError):
            places = []
        if not places:
            return Course(COURSE)
        for place in places:
            if place.is_dir():
                return Course(place.resolve())
        raise WorkspaceError(
            f"the course of this workspace was in {places[-1]}, which is gone. Put it back, or say where it is: "
            f"{own_name()} start {_quote(self.folder)} --course FOLDER"
        )

    def renumber(self, course: Course | None = None) -> str:
        """Move belts' folders of old numbers, losing nothing; return a sentence on it.

        Raises:
            WorkspaceError: it cannot be moved.
        """
        try:
            return move_old_folders(self.folder, course or self.course, self.folder / MARK / "lock")
        except OSError as error:
            raise WorkspaceError(
                f"the belts have new numbers, and {error.filename or self.folder} cannot be moved "
                f"({error.strerror or error}). Close what has it open, then try again from {_quote(self.folder)}"
            ) from None

    def lay_out(self, course: Course) -> Layout:
        """Add missing files of a course; change none, except a belt's folder's number.

        Raises:
            OSError: a file cannot be written.
            WorkspaceError: a folder cannot be renamed.
        """
        mark = self.folder / MARK
        mark.mkdir(parents=True, exist_ok=True)
        for part in mark.glob("part-*"):
            part.unlink(missing_ok=True)
        write_whole(mark / SETTINGS, self._settings(course), scratch=mark)
        self.__dict__["course"] = course
        moved = self.renumber(course)
        added, edited = [], []
        for place, content in _files(course):
            path = self.folder / place
            if not path.exists():
                # Nothing of the learner's yet: what a crash of the machine takes, `handgrad reset` brings back.
                write_whole(path, content, scratch=mark, is_lasting=False)
                added.append(place)
            elif not same_text(path.read_bytes(), content):
                edited.append(place)
        return Layout(tuple(added), tuple(edited), moved)

    def _settings(self, course: Course) -> bytes:
        """Return the settings: the course's path, relative too, so that both may move."""
        settings: dict[str, Any] = {"version": 1}
        folder = course.folder.resolve()
        if folder != COURSE.resolve():
            settings["folder"] = str(folder)
            with suppress(ValueError):  # on another disk of Windows
                settings["beside"] = Path(os.path.relpath(folder, self.folder.resolve())).as_posix()
        return (json.dumps(settings) + "\n").encode("utf-8")

    def file_of(self, kata: Kata) -> Path:
        """Return where the learner's file is, or was."""
        return self.folder / kata.file_place

    def answer(self, kata: Kata) -> Path:
        """Return the learner's file.

        Raises:
            WorkspaceError: it is gone.
        """
        path = self.file_of(kata)
        if not path.is_file():
            raise WorkspaceError(f"{self.show_path(path)} is gone. Get it back with: {own_name()} reset {kata.name}")
        return path

    def picture(self, kata: Kata) -> Path:
        """Return where the drawing of the kata's gradients goes."""
        return self.folder / MARK / f"{kata.name}.svg"

    def show_path(self, path: Path) -> str:
        """Return a path within the workspace, with "/" on every system."""
        try:
            return path.relative_to(self.folder).as_posix()
        except ValueError:
            return str(path)

    def is_edited(self, kata: Kata) -> bool:
        """Return whether the learner's file is there and not as it was handed out."""
        path = self.file_of(kata)
        return path.is_file() and not same_text(path.read_bytes(), kata.stub.read_bytes())

    def has_edited_test(self, kata: Kata) -> bool:
        """Return whether the learner's copy of the tests is not the course's any more."""
        path = self.folder / kata.place / kata.test.name
        return path.is_file() and not same_text(path.read_bytes(), kata.test.read_bytes())

    def find_misplaced(self, kata: Kata) -> Path | None:
        """Return a program saved beside the learner's untouched file; None for none.

        A save under another name, say: nobody reads it.
        """
        path = self.file_of(kata)
        if not path.is_file() or self.is_edited(kata):
            return None
        known = {source.name for source in kata.handout_files}
        others = [
            other
            for other in path.parent.iterdir()
            if other.name not in known and other.name.endswith((".py", ".py.txt"))
        ]
        return max(others, key=lambda other: other.stat().st_mtime, default=None)

    def reset(self, kata: Kata) -> Path | None:
        """Put the kata's file back as it was, the learner's version kept beside it, and what had passed.

        Returns:
            Where that version is now; None where the file was not edited, or gone.

        Raises:
            OSError: something cannot be written; the learner's file is as it was then.
        """
        path = self.file_of(kata)
        kept = set_aside(path, ".bak") if self.is_edited(kata) else None
        if kept is not None:
            before = self.progress_file.load().restrict({kata.name})
            write_whole(self._reset_record(kata), text_of(before), scratch=self.folder / MARK)
        for source in kata.handout_files:
            copy = path.with_name(source.name)
            if source == kata.stub or not copy.exists():
                write_whole(copy, source.read_bytes(), scratch=self.folder / MARK)
        with suppress(OSError):
            self.picture(kata).unlink(missing_ok=True)
        self.progress_file.update(lambda progress: progress.forget(kata.name))
        with suppress(OSError):
            self.history.add(Attempt(time.time(), kata.name, RESET))
        return kept

    def undo_reset(self, kata: Kata) -> Path | None:
        """Restore the version that the last reset saved, with its pass and its hints, if the file is untouched.

        Returns:
            Where it was kept; None where the file was changed since, or there is none.

        Raises:
            OSError: it cannot be written.
        """
        path = self.file_of(kata)
        if self.is_edited(kata):
            return None
        kept = last_set_aside(path, ".bak")
        if kept is not None:
            write_whole(path, kept.read_bytes(), scratch=self.folder / MARK)
            with suppress(OSError, DamagedError):
                before = parse(self._reset_record(kata).read_bytes()).set_current("")
                self.progress_file.update(lambda progress: progress.join(before))
            with suppress(OSError):
                self.history.add(Attempt(time.time(), kata.name, UNDONE))
        return kept

    def _reset_record(self, kata: Kata) -> Path:
        """Return where the progress of the kata is kept that its last reset took away."""
        return self.folder / MARK / f"{kata.name}.before.json"

    def open_hint(self, kata: Kata) -> int:
        """Open one hint more; returns how many are open now."""
        most = len(kata.hints)
        progress = self.progress_file.update(
            lambda before: before.set_hints(kata.name, min(before.hints.get(kata.name, 0) + 1, most))
        )
        return progress.hints[kata.name]

    def current(self, progress: Progress) -> Kata:
        """Return the kata to work on: the chosen one, else the first not passed, else the last."""
        katas = self.course.katas
        chosen = next((kata for kata in katas if kata.name == progress.current), None)
        return chosen or next((kata for kata in katas if kata.name not in progress.passed), katas[-1])

    def next_kata(self, kata: Kata, progress: Progress) -> Kata | None:
        """Return the next kata that has not passed, earlier ones last; None if all have."""
        katas = self.course.katas
        place = katas.index(kata)
        return next((k for k in (*katas[place + 1 :], *katas[:place]) if k.name not in progress.passed), None)

    def kata_at(self, folder: Path) -> Kata | None:
        """Return the kata in whose folder of the workspace this is."""
        folder = folder.resolve()
        for kata in self.course.katas:
            home = (self.folder / kata.place).resolve()
            if folder == home or home in folder.parents:
                return kata
        return None


def start(folder: Path, course: Course) -> tuple[Workspace, Layout]:
    """Lay out a workspace, or add to one what is missing.

    Raises:
        WorkspaceError: the folder is a file, lies in another workspace or in the course itself, or
            cannot be written.
    """
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file. Give a folder: {own_name()} start DIR")
    if folder == course.folder.resolve() or course.folder.resolve() in folder.parents:
        raise WorkspaceError(f"{folder} is inside the course itself. Give a folder of your own: {own_name()} start DIR")
    workspace = Workspace(folder)
    if not workspace.is_there:
        for outer in folder.parents:
            if (outer / MARK).is_dir():
                raise WorkspaceError(
                    f"{folder} would be inside the workspace {outer}. Add what is missing there with: "
                    f"{own_name()} start {_quote(outer)}"
                )
    try:
        return workspace, workspace.lay_out(course)
    except OSError as error:
        raise WorkspaceError(
            f"{error.filename or folder} cannot be written ({error.strerror or error}). Give another folder: "
            f"{own_name()} start DIR"
        ) from None


def copy_solution(workspace: Workspace, kata: Kata) -> Path:
    """Copy the solution beside the answer, if the course has one; keep a file that is there."""
    path = workspace.folder / "solutions" / kata.file_name
    if kata.has_solution and not path.exists():
        write_whole(path, kata.solution.read_bytes(), scratch=workspace.folder / MARK)
    return path


def _quote(path: Path) -> str:
    text = str(path)
    return f'"{text}"' if " " in text else text
