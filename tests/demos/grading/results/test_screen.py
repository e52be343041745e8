"""What a teacher sees of a class while it is graded, and afterwards."""

import re

import pytest
from rich.console import Console

from handgrad.demos.grading.results.score import Result
from handgrad.demos.grading.results.screen import ProgressDisplay, summary
from tests.demos.grading.classes import RIGHT, grade, hand_in


@pytest.mark.usefixtures("kept_workers")
def test_the_teacher_sees_each_student_as_they_come_and_at_the_end_how_each_kata_went(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    hand_in(tmp_path / "in", "bob", multiply=RIGHT.replace(b"a.grad =", b"a.grad = -"))
    said = grade(tmp_path / "in", "--out", tmp_path / "g.json", "--jobs", 1)
    assert "1 of 2  ada: 10 of 10\n2 of 2  bob: 4 of 10\n" in said
    assert re.search(r"multiply +1 of 2 +7\.0 +sign \(1\)", said), said
    assert "2 students, 2 answers: 1 passed, 1 failed." in said


def result(student, kata, credit, *slips):
    return Result(student, kata, "passed" if credit == 1.0 else "failed", credit, slips=slips)


def test_a_student_is_a_line_when_the_last_of_the_katas_is_graded(capsys):
    with ProgressDisplay(22, 2) as display:
        display.tell(result("ada", "add", 1.0))
        display.tell(result("bob", "add", 0.0))
        assert capsys.readouterr().err == ""
        display.tell(result("bob", "multiply", 0.25))
        display.tell(result("ada", "multiply", 0.5))
    assert capsys.readouterr().err == " 1 of 11  bob: 2.5 of 20\n 2 of 11  ada: 15 of 20\n"


def test_the_summary_has_a_row_a_kata_with_the_slip_that_most_share(capsys):
    results = [
        result("ada", "add", 1.0),
        result("bob", "add", 0.5, "sign", "double"),
        result("carl", "add", 0.25, "double"),
        result("ada", "slope", 0.0),
    ]
    Console(width=80).print(summary(results))
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert rows[0] == ["kata", "passed", "mean", "score", "most", "frequent", "slip"]
    assert ["add", "1", "of", "3", "5.8", "double", "(2)"] in rows
    assert ["slope", "0", "of", "1", "0.0"] in rows


def test_a_student_is_one_line_however_long_the_name(capsys):
    name = "ada " * 40 + "[bold]:smile:"
    with ProgressDisplay(1, 1) as display:
        display.tell(result(name, "add", 1.0))
    assert capsys.readouterr().err == f"1 of 1  {name}: 10 of 10\n"


def test_where_there_is_nothing_to_grade_nothing_is_said(capsys):
    with ProgressDisplay(0, 0):
        pass
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_of_all_the_answers(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with ProgressDisplay(4, 2) as display:
        for kata in ("add", "slope"):
            display.tell(result("ada", kata, 1.0))
    said = capsys.readouterr().err
    for words in ("Grading", "0/4", "2/4", "ada: 20 of 20"):
        assert words in said
