"""Files that a course platform imports: who is who stands in the names of what was handed in."""

import csv

from handgrad.demos.grading.results.platforms import list_unnumbered, write_canvas, write_moodle
from handgrad.demos.grading.results.score import Result

RESULTS = [
    Result("lovelaceada_12345", "add", "passed", 1.0, points=4.0),
    Result("lovelaceada_12345", "slope", "failed", 0.5),
    Result("bob", "add", "missing", points=4.0),
    Result("bob", "slope", "missing"),
]


def test_canvas_knows_a_student_by_the_id_and_reads_the_points_possible_in_the_second_row():
    assert list(csv.reader(write_canvas(RESULTS, "Homework 3 (77)").splitlines())) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 3 (77)"],
        ["    Points Possible", "", "", "", "", "14.0"],
        ["lovelaceada", "12345", "", "", "", "9.0"],
    ]


def test_moodle_knows_a_student_as_a_participant():
    (row,) = csv.DictReader(write_moodle([Result("Ada Lovelace_77", "add", "passed", 1.0)]).splitlines())
    assert row == {
        "Identifier": "Participant 77",
        "Full name": "Ada Lovelace",
        "Grade": "10.0",
        "Maximum grade": "10.0",
        "Last modified (grade)": "",
        "Feedback comments": "1 of 1 katas pass.",
    }


def test_whoever_has_no_number_is_named():
    assert list_unnumbered(RESULTS) == ["bob"]
