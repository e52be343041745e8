"""The results as files: JSON, a table for a spreadsheet, and what Gradescope reads."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..katas.files import write_whole
from .score import POINTS, Result

COLUMNS = ("student", "kata", "status", "score", "max_score", "tests", "passed", "slips", "message")
DEFAULTS = {"json": "grades.json", "csv": "grades.csv", "gradescope": "grades"}


def by_student(results: Iterable[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.student, []).append(result)
    return found


def write(results: list[Result], form: str, out: Path) -> list[Path]:
    """Write the results, each file whole or not at all.

    Args:
        results: in the order in which they are to stand.
        form: "json", "csv" or "gradescope".
        out: the file; for Gradescope with more than one student, the folder.

    Returns:
        The files.
    """
    if form == "json":
        files = {out: as_json(results)}
    elif form == "csv":
        files = {out: as_csv(results)}
    else:
        students = by_student(results)
        alone = len(students) == 1 and out.suffix == ".json"
        files = {
            out if alone else out / f"{file_name(student)}.json": as_gradescope(of_student)
            for student, of_student in students.items()
        }
    scratch = scratch_of(out)
    try:
        for path, text in files.items():
            write_whole(path, text.encode("utf-8"), scratch=scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return list(files)


def scratch_of(out: Path) -> Path:
    """Where half-written files are, on the disk of `out`; nothing that is kept."""
    return out.with_name(f"{out.name}.parts")


def file_name(student: str) -> str:
    """A student's name as that of a file, which no name can lead out of its folder."""
    return quote(student, safe=" ()+,=@~'") if student.strip(".") else student.replace(".", "%2E")


def as_json(results: list[Result]) -> str:
    students = [
        {
            "student": student,
            "score": round(sum(r.score for r in found), 2),
            "max_score": POINTS * len(found),
            "katas": [{k: v for k, v in r.to_dict().items() if k != "student"} for r in found],
        }
        for student, found in by_student(results).items()
    ]
    return json.dumps({"students": students}, indent=1, ensure_ascii=False) + "\n"


def as_csv(results: list[Result]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        facts = {**result.to_dict(), "slips": " ".join(result.slips)}
        writer.writerow([_cell(facts[name]) for name in COLUMNS])
    return text.getvalue()


def _cell(thing: Any) -> Any:
    # A spreadsheet would take a name or a message that begins so for a formula.
    return f"'{thing}" if isinstance(thing, str) and thing.startswith(("=", "+", "-", "@", "\t", "\r")) else thing


def as_gradescope(results: list[Result]) -> str:
    """One student's results.json."""
    tests = [
        {
            "name": result.kata or "submission",
            "score": result.score,
            "max_score": POINTS,
            "output": text_of(result),
            "visibility": "visible",
        }
        for result in results
    ]
    whole = {
        "score": round(sum(result.score for result in results), 2),
        "max_score": POINTS * len(results),
        "output": f"{sum(r.status == 'passed' for r in results)} of {len(results)} katas pass.",
        "tests": tests,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def text_of(result: Result) -> str:
    """What a student reads about one kata."""
    heading = {
        "passed": "Passed.",
        "failed": f"Not yet: {result.passed} of {result.tests} tests pass.",
        "error": "It breaks off.",
        "timeout": "It took too long.",
        "refused": "Not graded.",
        "untouched": "As it was handed out.",
        "missing": "Not handed in.",
        "ungraded": "Not graded yet.",
    }[result.status]
    printed = f"It printed:\n{result.output.rstrip()}" if result.output.strip() and result.status != "passed" else ""
    return "\n\n".join(filter(None, [heading, result.message, printed]))
