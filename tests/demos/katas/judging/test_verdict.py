"""A verdict: what the judge found, to be shown and to be kept."""

import json
from pathlib import Path

from handgrad.demos.katas.judging.message_lines import Line
from handgrad.demos.katas.judging.verdict import Failure, Verdict

TABLE = {"nodes": [{"name": "a", "status": "wrong"}]}
BROKEN = Failure("test_one", "error", "It breaks.", (Line("text", "It breaks."),))
WRONG = Failure("test_two", "failed", "Wrong.", (Line("wrong", "Wrong.", "WRONG"),), TABLE, ("sign", "double"))
AGAIN = Failure("test_three", "failed", "Wrong again.", (), {"nodes": []}, ("double", "factor"))


def test_only_what_passed_is_true():
    found = {status: bool(Verdict("add", status)) for status in ("passed", "failed", "error", "timeout", "cancelled")}
    assert found == {"passed": True, "failed": False, "error": False, "timeout": False, "cancelled": False}


def test_the_lines_are_the_first_failures_and_without_one_those_of_the_message():
    assert Verdict("add", "error", "It breaks.", failures=(BROKEN, WRONG)).lines == BROKEN.lines
    assert Verdict("add", "timeout", "Stopped.\nA loop?").lines == (Line("text", "Stopped."), Line("text", "A loop?"))


def test_the_comparison_is_that_of_the_first_failure_with_one():
    assert Verdict("add", "error", failures=(BROKEN, WRONG, AGAIN)).comparison == TABLE
    assert Verdict("add", "error", failures=(BROKEN,)).comparison is None


def test_each_slip_is_told_once_in_the_order_of_the_failures():
    assert Verdict("add", "failed", failures=(BROKEN, WRONG, AGAIN)).slips == ("sign", "double", "factor")


def test_a_failure_comes_back_from_json_as_it_was():
    facts = json.loads(json.dumps(Verdict("add", "failed", failures=(WRONG,)).to_dict()["failures"][0]))
    assert Failure.from_dict(facts) == WRONG


def test_a_verdict_goes_into_json_with_its_picture_as_a_path():
    facts = Verdict("add", "failed", "Wrong.", 1, (WRONG,), Path("add.svg"), "printed", 0.5, "note").to_dict()
    assert json.loads(json.dumps(facts))["picture"] == "add.svg"
    assert Verdict("add", "passed").to_dict() == {
        "kata": "add",
        "status": "passed",
        "message": "",
        "passed": 0,
        "failures": (),
        "picture": None,
        "output": "",
        "seconds": 0.0,
        "note": "",
    }
