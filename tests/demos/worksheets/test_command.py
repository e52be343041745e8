"""The commands of a worksheet, on a network so small that it is worked out by hand."""

import click
import pytest
from click.testing import CliRunner

from handgrad.demos.worksheets.command import Course, commands
from handgrad.demos.worksheets.parts import EveryStep, Training
from tests.demos.worksheets.small import small_exercise

RIGHT = (
    "def steps(x):\n    dy = x.y * 0 + 1\n    da = dy * x.b\n    db = dy * x.a\n    return locals()\n"
    "def back(x):\n    return {'a': x.b, 'b': x.a}\n"
)


@pytest.fixture
def course():
    parts = (
        EveryStep("every step", "steps"),
        Training("the training", "back", ("a", "b"), lambda _, steps: f"Trained for {steps} steps."),
    )
    return Course("handgrad.demos.makemore", "start", small_exercise, parts, 5)


@pytest.fixture
def run(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    group = click.Group("g", {command.name: command for command in commands(course)})
    return lambda *arguments: CliRunner().invoke(group, list(arguments))


def test_a_course_is_called_as_its_package_is(course):
    assert (course.name, course.start) == ("makemore", "python -m handgrad.demos.makemore start")


def test_of_the_parts_those_are_judged_that_are_asked_for(course, tmp_path):
    (tmp_path / "mine.py").write_text(RIGHT)
    for numbers, judged in (((), [1, 2]), ((2,), [2])):
        outcomes = list(course.check(tmp_path / "mine.py", small_exercise(), numbers))
        assert [outcome.number for outcome in outcomes] == judged


def test_a_worksheet_is_written_once_under_the_courses_name(run, tmp_path):
    assert "python -m handgrad.demos.makemore check makemore_worksheet.py" in run("start").output
    (tmp_path / "makemore_worksheet.py").write_text("mine")
    assert run("start").exit_code == 1
    assert (tmp_path / "makemore_worksheet.py").read_text() == "mine"


def test_what_is_right_trains_and_only_then(run, tmp_path):
    (tmp_path / "mine.py").write_text(RIGHT)
    done = run("check", "mine.py", "--steps", "3")
    assert done.exit_code == 0
    assert "Trained for 3 steps." in done.output
    (tmp_path / "mine.py").write_text(RIGHT.replace("'b': x.a", "'b': -x.a"))
    done = run("check", "mine.py")
    assert done.exit_code == 1
    assert "Trained" not in done.output
    assert "\nDrawn: out/makemore_part2.png\n" in done.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["makemore_part2.png"]


def test_a_part_that_there_is_not_is_a_usage_error(run):
    assert run("check", "mine.py", "--part", "3").exit_code == 2


def test_a_part_is_told_with_its_title_and_what_went_wrong_and_only_where_it_is_asked_for(run, tmp_path):
    (tmp_path / "mine.py").write_text(RIGHT.replace("    db =", "    1 / 0\n    db ="))
    both = run("check", "mine.py").output
    assert both.startswith("Part 1: every step\n  line 4: ZeroDivisionError: division by zero\n")
    assert "\n\nPart 2: the training\n" in both
    second = run("check", "mine.py", "--part", "2")
    assert second.output.startswith("Part 2: the training\n")
    assert "Part 1" not in second.output
    assert second.exit_code == 0


def test_a_worksheet_that_is_not_there_is_told_with_the_command_that_writes_one(run):
    result = run("check", "nothing.py")
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "There is no file 'nothing.py'. Get a worksheet with: python -m handgrad.demos.makemore start" in said


def test_a_worksheet_is_a_program_or_a_notebook(run, tmp_path):
    assert "ends neither in .py nor in .ipynb" in run("start", "mine.txt").output
    assert "Open it in Jupyter" in run("start", "new/mine.ipynb").output
    assert (tmp_path / "new" / "mine.ipynb").read_text(encoding="utf-8").startswith("{")
