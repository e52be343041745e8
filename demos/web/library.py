"""The Python that runs in the page, as one archive: the engine, its pictures, the katas, and what these import."""

from __future__ import annotations

import importlib.metadata
import io
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from handgrad import HandgradError

from ..katas.course import Course
from .lean import lean

COURSE_FOLDER = "course"
"""Where in the archive the katas lie."""

_OURS = {
    "handgrad": ("demos", "viz"),
    "handgrad.viz": (),
    "handgrad.demos.debugging": (),
    "handgrad.demos.katas": (
        "authoring",
        "check_command.py",
        "commands.py",
        "course",
        "drills",
        "kata_command.py",
        "terminal",
    ),
    "handgrad.demos.katas.drills": (
        "array_task.py",
        "asking.py",
        "commands.py",
        "number_task.py",
        "on_paper.py",
        "practice.py",
        "shape_task.py",
    ),
    "handgrad.demos.web.inside": (),
}
"""Each package that goes along, with what is left out of it or comes by a line of its own."""

_SINGLE = {
    "handgrad.demos": (
        "__init__.py",
        "error_places.py",
        "files.py",
        "invocation.py",
        "loading.py",
        "printable.py",
        "replies.py",
        "sheet.py",
        "softmax_cross_entropy.py",
        "usage.py",
        "waiting.py",
    ),
    "handgrad.demos.grading": ("__init__.py",),
    "handgrad.demos.grading.submissions": ("__init__.py", "notebook.py", "safe_files.py"),
    "handgrad.demos.web": ("__init__.py",),
}
"""Single files of other packages."""

_OTHERS = {
    "click": ("click/*.py",),
    "graphviz": ("graphviz/*.py", "graphviz/*/*.py"),
    "iniconfig": ("iniconfig/*.py",),
    "packaging": ("packaging/*.py", "packaging/*/*.py"),
    "pluggy": ("pluggy/*.py",),
    "pygments": (
        "pygments/*.py",
        "pygments/filters/__init__.py",
        "pygments/formatters/__init__.py",
        "pygments/formatters/_mapping.py",
        "pygments/formatters/terminal.py",
        "pygments/lexers/__init__.py",
        "pygments/lexers/_mapping.py",
        "pygments/lexers/diff.py",
        "pygments/lexers/python.py",
        "pygments/styles/__init__.py",
        "pygments/styles/_mapping.py",
    ),
    "pytest": ("pytest/*.py", "_pytest/*.py", "_pytest/*/*.py", "py.py"),
}
"""Each distribution that ours import in the page, with the files that it needs; all are plain Python."""

_TIME = (2020, 1, 1, 0, 0, 0)
"""Of each entry, so that the same files give the same archive."""


class MissingPartError(HandgradError):
    """A package that the site is built from is not installed."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the site needs {name}. Install it with: pip install {name}")


def library(course: Course, more: Mapping[str, bytes] | None = None) -> bytes:
    """Return the archive, a zip.

    Args:
        course: the katas that go along, under `COURSE_FOLDER`.
        more: other files, by their places in it.

    Raises:
        MissingPartError: a package is not installed.
    """
    programs = {place: lean(content) for place, content in (*_ours(), *_others())}
    entries = {**programs, **dict(_course(course)), **(more or {})}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for place, content in sorted(entries.items()):
            entry = zipfile.ZipInfo(place, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def _ours() -> Iterator[tuple[str, bytes]]:
    for package, without in _OURS.items():
        yield from _walk_folder(_folder(package), package.replace(".", "/"), without)
    for package, names in _SINGLE.items():
        for name in names:
            yield f"{package.replace('.', '/')}/{name}", (_folder(package) / name).read_bytes()


def _folder(package: str) -> Path:
    return Path(str(files(package)))


def _walk_folder(folder: Path, place: str, without: tuple[str, ...] = ()) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name in without:
            continue
        if entry.is_dir():
            yield from _walk_folder(entry, f"{place}/{entry.name}")
        elif entry.suffix == ".py":
            yield f"{place}/{entry.name}", entry.read_bytes()


def _others() -> Iterator[tuple[str, bytes]]:
    for name, patterns in _OTHERS.items():
        try:
            installed = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            raise MissingPartError(name) from None
        for file in installed:
            if any(file.match(pattern) for pattern in patterns):
                yield file.as_posix(), Path(str(file.locate())).read_bytes()


def _course(course: Course) -> Iterator[tuple[str, bytes]]:
    for kata in course.katas:
        for source in (*kata.handout_files, kata.solution, kata.folder / "hints.md", kata.wrong, kata.paper):
            if source.is_file():
                yield f"{COURSE_FOLDER}/{kata.place}/{source.name}", source.read_bytes()
    for belt, file in course.readmes.items():
        folder = course.belts[belt][0].place.rpartition("/")[0]
        yield f"{COURSE_FOLDER}/{folder}/{file.name}", file.read_bytes()
