"""What the referee finds out, from one process to another."""

import json

import pytest

from handgrad.demos.grading.results.report import End, Report

FAILURE = {"test": "t", "status": "failed", "message": "m", "comparison": None, "slips": []}


@pytest.mark.parametrize("end", End)
def test_a_report_comes_back_from_json_as_it_was(end):
    report = Report(3, 1, [FAILURE], end, "why", True, "printed", 0.25)
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


@pytest.mark.parametrize(
    ("report", "all_passed"),
    [
        (Report(2, 2), True),
        (Report(2, 1), False),
        (Report(0, 0), False),  # no test at all
        (Report(2, 2, [FAILURE]), False),
        (Report(2, 2, end=End.GONE), False),
        (Report(2, 2, end=End.UNGRADED), False),
    ],
)
def test_all_passed_where_there_are_tests_and_each_ran_and_passed(report, all_passed):
    assert report.all_passed == all_passed


def test_of_what_nobody_told_nothing_is_said():
    report = Report()
    assert (report.total, report.passed, report.failures, report.why, report.output) == (0, 0, [], "", "")
    assert report.end is End.ALL_RAN
    assert report.moved_leaves is False
    assert report.seconds == 0.0
