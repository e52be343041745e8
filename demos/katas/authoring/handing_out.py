"""What learners get of a course: its texts, stubs and tests, and no answer; a folder that may be moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from handgrad import HandgradError

from ...files import write_folder
from ..course import Course

MARK = "handgrad-handout.json"
"""In a folder that was handed out: the files that the next handing out may replace."""


class HandoutError(HandgradError):
    """A course cannot be handed out as it is."""


def write_handout(folder: Path, course: Course) -> None:
    """Write a course without its answers.

    A learner's own gradients are judged by the graph that the tests build, so that none of the answers is needed.

    Args:
        folder: a new one, an empty one, or one that was handed out before, which then holds the course as it is now.
        course: a course, a belt or a single kata.

    Raises:
        HandoutError: a file of it names a place of this machine, or the folder lies in the course.
        FolderTakenError: something else lies in the folder, or it cannot be written.
    """
    home = course.folder.resolve()
    if folder.resolve() == home or home in folder.resolve().parents:
        raise HandoutError(f"{folder} is inside the course itself. Give a folder outside of it.")
    files = {place: source.read_bytes() for place, source in course.files()}
    found = list(_files_with_paths(files, (home, Path.home())))
    if found:
        raise HandoutError(f"{found[0]}, a place of this machine, which is on no other. Take it out first.")
    write_folder(folder, files, MARK, "a course that was handed out")


def _files_with_paths(files: dict[str, bytes], places: tuple[Path, ...]) -> Iterator[str]:
    """Yield the files that hold the path of a folder of this machine."""
    for name, content in files.items():
        for place in places:
            if place != Path(place.anchor) and f"{place}/".encode() in content:
                yield f"{name} names {place}"
