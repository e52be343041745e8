"""What the name of a file or folder that was handed in says."""

from __future__ import annotations

import re
from typing import NamedTuple

from ...katas.course import Course, Kata

_AGAIN = re.compile(r"(?P<stem>.+?)(?: ?\((?P<browser>\d{1,9})\)|[-_ ](?P<platform>\d{1,9}))")
"""What a browser or a course platform makes of a file's name that is there already: "add (1)", "add-1"."""
_CANVAS = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>LATE_)?(?P<id>\d+)|(?P<late_too>LATE_)?(?P<anonymous>anon_[^\W_]+))"
    r"_(?P<upload>\d{5,})_(?P<file>.+)"
)
"""A file as Canvas downloads it: lovelaceada_12345_67890_add.py, that of a user and of an upload."""
_MOODLE = re.compile(r"(?P<student>.+?)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?")
"""A folder or file as Moodle downloads it: Ada Lovelace_12345_assignsubmission_file."""


PROGRAMS = (".py", ".ipynb")
"""The endings of what holds a program."""


class Download(NamedTuple):
    """A file as a course platform downloads it.

    Attributes:
        student: whose it is; "" for a file of no platform.
        file_name: what the student called it.
        upload: a number, the later the larger.
    """

    student: str
    file_name: str
    upload: int


class Named(NamedTuple):
    """A file that is named as a kata: of "ada_l_two_links-1.py", "ada_l", two_links and 1.

    Attributes:
        before: what stands before the kata's name.
        kata: the kata.
        number: the number after it, 0 for none.
    """

    before: str
    kata: Kata
    number: int


def download(file_name: str) -> Download:
    """Return what a platform's name of a file says."""
    moodle, canvas = _MOODLE.fullmatch(file_name), _CANVAS.fullmatch(file_name)
    if moodle and moodle["file"]:
        return Download(moodle["student"], moodle["file"], 0)
    if canvas:
        student = canvas["anonymous"] or f"{canvas['name']}_{canvas['id']}"
        return Download(student, canvas["file"], int(canvas["upload"]))
    return Download("", file_name, 0)


def is_late(file_name: str) -> bool:
    """Return whether a platform's name of a file says that it came late."""
    canvas = _CANVAS.fullmatch(file_name)
    return canvas is not None and bool(canvas["late"] or canvas["late_too"])


def student_of(folder_name: str) -> str:
    """Return whose folder it is, by its name."""
    moodle = _MOODLE.fullmatch(folder_name)
    return moodle["student"] if moodle else folder_name


def named_as_kata(file_name: str, course: Course) -> Named | None:
    """Return the kata that a file is named as; None for none, or for a test."""
    stem, _, suffix = file_name.rpartition(".")
    if f".{suffix}" not in PROGRAMS:
        return None
    again = _AGAIN.fullmatch(stem)
    numbered = [(again["stem"], int(again["browser"] or again["platform"]))] if again else []
    for name, number in [(stem, 0), *numbered]:
        fitting = [kata for kata in course.katas if f"_{name}".endswith(f"_{kata.name}")]
        if fitting:
            kata = max(fitting, key=lambda kata: len(kata.name))
            before = name[: -len(kata.name)].rstrip("_")
            return None if f"_{before}".endswith("_test") else Named(before, kata, number)
    return None
