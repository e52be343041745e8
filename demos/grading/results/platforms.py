"""The gradebooks of course platforms, as files that these import; students are named by their hand-ins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .score import Result, group_by_student, most, total
from .table import table

_NUMBERED = re.compile(r"(?P<name>.+)_(?P<number>\d+)")
"""A student as the downloads of Canvas and Moodle name one: lovelaceada_12345, Ada Lovelace_12345."""


def write_canvas(results: list[Result], column: str) -> str:
    """Return a gradebook for Canvas, one column, a row for each student whose number is known.

    Source: "How do I import grades in the Gradebook?" in the Canvas instructor guide: students are matched by ID, a
    second row has the points possible.
    """
    rows: list[Iterable[Any]] = [("Student", "ID", "SIS User ID", "SIS Login ID", "Section", column)]
    for student, found in group_by_student(results).items():
        if len(rows) == 1:
            rows.append(("    Points Possible", "", "", "", "", most(found)))
        if known := _NUMBERED.fullmatch(student):
            rows.append((known["name"], known["number"], "", "", "", total(found)))
    return table(rows)


def write_moodle(results: list[Result]) -> str:
    """Return a worksheet for Moodle's "Upload grading worksheet", a row for each known student.

    Source: assignfeedback_offline of Moodle: rows are matched by Identifier, "Participant" and the number that is in
    the name of a downloaded folder.
    """
    rows: list[Iterable[Any]] = [
        ("Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)", "Feedback comments")
    ]
    for student, found in group_by_student(results).items():
        if known := _NUMBERED.fullmatch(student):
            passed = sum(result.status == "passed" for result in found)
            told = f"{passed} of {len(found)} katas pass."
            rows.append((f"Participant {known['number']}", known["name"], total(found), most(found), "", told))
    return table(rows)


def list_unnumbered(results: Iterable[Result]) -> list[str]:
    """Return the students whom no platform would know by their names here."""
    return [student for student in group_by_student(results) if not _NUMBERED.fullmatch(student)]
