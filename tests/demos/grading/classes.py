"""A class to be graded, for the tests of grading."""

import csv
import json

from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course

COURSE = Course()
RIGHT = COURSE["multiply"].solution.read_bytes()


def grade(*arguments):
    run = CliRunner().invoke(main, ["grade", *map(str, arguments)])
    assert run.exit_code == 0, run.output
    return run.output


def refused(*arguments):
    run = CliRunner().invoke(main, ["grade", *map(str, arguments)])
    assert run.exit_code == 2, run.output
    return " ".join(run.output.split())


def by_student(out):
    return {s["student"]: s["katas"] for s in json.loads(out.read_text(encoding="utf-8"))["students"]}


def hand_in(folder, student, **answers):
    (folder / student).mkdir(parents=True, exist_ok=True)
    for name, answer in answers.items():
        (folder / student / f"{name}.py").write_bytes(answer)


def rows_of(path):
    """The rows of a CSV file, each by the names in the first line."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
