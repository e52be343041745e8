"""The credit for what is right, and for what follows from a mistake made once."""

import json

import pytest

from handgrad.demos.grading.fence.limits import Limits
from handgrad.demos.grading.results.report import End, Report
from handgrad.demos.grading.results.score import POINTS, Result, result_of, share_of


def test_credit_of_a_table_counts_what_is_right_and_what_was_carried():
    def credit(*nodes, passed=1):
        every = (("correct", 1.0), *nodes)
        comparison = {"nodes": [{"status": s, "actual": a, "expected": 1.0} for s, a in every]}
        failure = {"test": "t", "status": "failed", "message": "m", "comparison": comparison, "slips": ["sign"]}
        return result_of("s", "k", Report(2, passed, [failure]), 0.0, Limits()).credit

    wrong, carried, right, idle = ("wrong", 3.0), ("carried", 2.0), ("correct", 1.0), ("carried", 5e-324)
    assert credit(wrong, carried, carried, right) == pytest.approx((1 + 0.8 * 3 / 4) / 2)
    assert credit(wrong, wrong, wrong, wrong) == pytest.approx(1 / 2)
    assert credit(wrong, idle, idle, idle) == pytest.approx(1 / 2)
    assert credit(right, ("skipped", None)) < 1.0
    hidden = ("skipped", 5.0)  # a wrong number in a node that nobody asked for
    assert credit(hidden, carried, right) == pytest.approx((1 + 0.8 * 1 / 2) / 2)
    assert credit(("skipped", 1.0), carried, right) == pytest.approx((1 + 0.8) / 2)


FAILURE = {"test": "t", "status": "failed", "message": "Wrong.", "comparison": None, "slips": ["sign"]}
BROKEN = {**FAILURE, "test": "u", "status": "error", "message": "It breaks.", "slips": ["sign", "double"]}


@pytest.mark.parametrize(
    ("report", "status", "said"),
    [
        (Report(2, 2), "passed", ""),
        (Report(2, 1, [FAILURE]), "failed", "Wrong."),
        (Report(3, 1, [FAILURE, BROKEN]), "failed", "Wrong.\n\nNot passed either: u"),
        (Report(2, 0, [BROKEN, FAILURE, FAILURE]), "error", "It breaks.\n\nNot passed either: t"),
        (Report(2, 1, end=End.TIMEOUT), "timeout", "Stopped after 10 seconds, or 10 of the processor. Is there a loop"),
        (Report(2, 1, end=End.TALKATIVE), "error", "Stopped: it printed more than 1 MB."),
        (Report(2, 1, end=End.GREEDY, why="one."), "error", "Stopped: it used too much: one."),
        (Report(2, 1, end=End.GONE, why="It ended."), "error", "It ended."),
        (Report(), "error", "No test of k ran to its end."),
        (
            Report(end=End.UNGRADED, why="no room"),
            "ungraded",
            "Grading it failed twice, which is not the",
        ),
    ],
)
def test_every_end_has_its_status_and_its_words(report, status, said):
    result = result_of("s", "k", report, 0.0, Limits())
    assert (result.status, result.message[: len(said)]) == (status, said)
    assert (result.credit == 1.0) == (status == "passed")


def test_of_many_other_tests_the_first_eight_are_named():
    def said(others):
        more = [{**FAILURE, "test": f"t{number}"} for number in range(others)]
        return result_of("s", "k", Report(20, 1, [FAILURE, *more]), 0.0, Limits()).message.partition("either: ")[2]

    assert said(8) == "t0, t1, t2, t3, t4, t5, t6, t7"
    assert said(9) == "t0, t1, t2, t3, t4, t5, t6, t7 ..."


def test_of_a_grading_that_failed_the_reason_is_told():
    result = result_of("s", "k", Report(end=End.UNGRADED, why="no room"), 0.0, Limits())
    assert result.message == "Grading it failed twice, which is not the student's doing: no room."


def test_what_the_stub_gets_already_counts_nothing():
    half = Report(2, 1, [FAILURE])
    assert share_of(half) == 0.5
    assert result_of("s", "k", half, 0.0, Limits()).score == 5.0
    assert result_of("s", "k", half, 0.25, Limits()).score == pytest.approx(3.33)
    assert result_of("s", "k", half, 0.5, Limits()).score == 0.0
    assert result_of("s", "k", half, 0.75, Limits()).score == 0.0
    assert result_of("s", "k", half, 1.0, Limits()).score == 5.0


def test_where_nothing_ran_nothing_is_right():
    assert share_of(Report()) == 0.0
    missing = Result("s", "k", "missing")
    assert (missing.credit, missing.score, missing.tests, missing.passed, missing.seconds) == (0.0, 0.0, 0, 0, 0.0)


def test_what_was_not_reached_counts_as_wrong_and_a_slip_is_told_once():
    result = result_of("s", "k", Report(4, 1, [FAILURE, BROKEN], End.TIMEOUT), 0.0, Limits())
    assert (result.credit, result.slips) == (0.25, ("sign", "double"))


def test_a_result_comes_back_from_json_as_it_was():
    result = result_of("s", "k", Report(2, 1, [FAILURE], output="printed", seconds=0.5), 0.0, Limits())
    facts = json.loads(json.dumps(result.to_dict()))
    assert (facts["score"], facts["max_score"]) == (5.0, POINTS)
    assert Result.from_dict(facts) == result
