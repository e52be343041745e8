"""The folders of belts and katas in a workspace that was laid out when they had other numbers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ...files import hold_lock, same_text
from ..course import Course, plain_name, subfolders


def move_old_folders(folder: Path, course: Course, lock: Path) -> str:
    """Give the folders of belts and katas in a workspace the course's numbers.

    Where one has a folder of each number, they are merged, and nothing of the learner's is overwritten.

    Args:
        lock: a file that keeps two runners from doing it at once.

    Returns:
        What was moved, in one line; "" for nothing.

    Raises:
        OSError: something cannot be moved; it is where it was.
    """
    if not (_old_belts(folder, course) or _old_katas(folder, course)):
        return ""
    moved: dict[str, str] = {}
    kept: list[Path] = []
    with hold_lock(lock):
        course_files = {folder / place: file.read_bytes() for place, file in course.files(hints=False)}
        for find_old in (_old_belts, _old_katas):
            names = find_old(folder, course)
            kept += [
                path for before, now in names.items() for path in _move(folder / before, folder / now, course_files)
            ]
            moved |= names
    return _sentence(moved, [path.relative_to(folder).as_posix() for path in kept])


def _old_belts(folder: Path, course: Course) -> dict[str, str]:
    """Return the folders of belts that have the numbers of before, each with its name now."""
    current = [kata.place.partition("/")[0] for kata in course.katas]
    old = [kata.old_place.partition("/")[0] for kata in course.katas]
    return {before: now for before, now in zip(old, current) if before not in current and (folder / before).is_dir()}


def _old_katas(folder: Path, course: Course) -> dict[str, str]:
    """Return the folders of katas that have another number than now, each with its place now."""
    now = {(folder / kata.place).with_name(kata.name): kata for kata in course.katas}
    found = {}
    for belt in dict.fromkeys(path.parent for path in now):
        for path in subfolders(belt):
            kata = now.get(path.with_name(plain_name(path.name)))
            if kata is None or path.name == kata.folder.name:
                continue
            if (path / kata.file_name).is_file() and (path / "kata.md").is_file():
                found[path.relative_to(folder).as_posix()] = kata.place
    return found


def _move(old: Path, new: Path, course_files: dict[Path, bytes]) -> list[Path]:
    """Move a file or folder; return where versions are kept that would be overwritten."""
    if not os.path.lexists(new):
        old.rename(new)
        return []
    if old.is_dir() and new.is_dir() and not old.is_symlink():
        if old.name == "__pycache__":
            shutil.rmtree(old)
            return []
        kept = [path for inner in sorted(old.iterdir()) for path in _move(inner, new / inner.name, course_files)]
        old.rmdir()
        return kept
    course_file = course_files.get(new)
    if _holds(old, course_file) or (new.is_file() and _holds(old, new.read_bytes())):
        old.unlink()
    elif _holds(new, course_file):
        old.replace(new)
    else:
        number = 1
        while os.path.lexists(beside := new.with_name(f"{new.name}.{number}.bak")):
            number += 1
        old.rename(beside)
        return [beside]
    return []


def _holds(path: Path, content: bytes | None) -> bool:
    return content is not None and path.is_file() and same_text(path.read_bytes(), content)


def _sentence(moved: dict[str, str], kept: list[str]) -> str:
    if not moved:
        return ""
    (first, first_now), *_, (last, last_now) = [*moved.items()] * 2
    if len(moved) == 1:
        text = f"Your folder {first} is called {first_now} now, with everything that was in it."
    else:
        text = f"Your folders {first} to {last} are called {first_now} to {last_now} now, with everything in them."
    if kept:
        text += f" Where both had a version of yours, the one from the old folder is kept as {', '.join(kept)}."
    return text
