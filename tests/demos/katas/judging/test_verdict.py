"""A verdict: what the judge found, to be shown and to be kept."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from handgrad.demos.katas.judging.message_lines import Line
from handgrad.demos.katas.judging.verdict import Failure, Verdict, most_telling

TABLE = {"nodes": [{"name": "a", "status": "wrong"}]}
BROKEN = Failure("test_one", "error", "It breaks.", (Line("text", "It breaks."),))
WRONG = Failure("test_two", "failed", "Wrong.", (Line("wrong", "Wrong.", "WRONG"),), TABLE, ("sign", "double"))
AGAIN = Failure("test_three", "failed", "Wrong again.", (), {"nodes": []}, ("double", "factor"))


def test_only_what_passed_is_true():
    found = {status: bool(Verdict("add", status)) for status in ("passed", "failed", "error", "timeout", "cancelled")}
    assert found == {"passed": True, "failed": False, "error": False, "timeout": False, "cancelled": False}


def test_the_lines_are_those_of_an_error_before_all_and_without_a_failure_those_of_the_message():
    assert Verdict("add", "error", "It breaks.", failures=(BROKEN, WRONG)).lines == BROKEN.lines
    assert Verdict("add", "timeout", "Stopped.\nA loop?").lines == (Line("text", "Stopped."), Line("text", "A loop?"))


def test_the_comparison_is_that_of_the_first_failure_with_one():
    assert Verdict("add", "error", failures=(BROKEN, WRONG, AGAIN)).comparison == TABLE
    assert Verdict("add", "error", failures=(BROKEN,)).comparison is None


def failure(test, data=0.7, **slips):
    """A failure by the wrong nodes of its comparison, each with the kind and the message of its slip."""
    nodes = [
        {"name": name, "data": data, "status": "wrong", "slip": slip and {"kind": slip[0], "message": slip[-1]}}
        for name, slip in slips.items()
    ]
    return Failure(test, "failed", test, (Line("text", test),), {"nodes": nodes})


EITHER = ("sign", "a: more than one mistake gives this number. Either ... Or ...")


@pytest.mark.parametrize(
    ("failures", "told"),
    [
        ((failure("vague", a=None), failure("named", a=("sign",))), "named"),
        ((failure("either", a=EITHER), failure("named", a=("sign",))), "named"),
        ((failure("half", a=("sign",), b=None), failure("both", a=("sign",), b=("sign",))), "both"),
        ((failure("by chance", a=("double",)), failure("two", a=("rule",)), failure("three", a=("rule",))), "two"),
        ((failure("by chance", a=("rule",)), failure("none", a=None), failure("nor here", a=None)), "none"),
        (
            (failure("of an array", [[1.5] * 5], a=("rule",)), failure("two", a=None), failure("three", a=None)),
            "of an array",
        ),
        ((failure("one", a=("double",)), failure("two", a=("rule",))), "one"),
        ((BROKEN, failure("named", a=("sign",))), "It breaks."),
    ],
)
def test_the_failure_that_says_most_is_told(failures, told):
    assert failures[most_telling(failures)].message == told
    assert Verdict("add", "failed", failures=failures).lines == (Line("text", told),)


def test_of_failures_in_parts_one_of_the_first_part_is_told():
    failures = tuple(
        replace(failure(f"part {number}", a=slip), part=(number, 4)) for number, slip in ((3, ("sign",)), (2, None))
    )
    assert failures[most_telling(failures)].test == "part 2"
    assert Verdict("add", "failed", failures=failures).part == (2, 4)


def test_each_slip_is_told_once_in_the_order_of_the_failures():
    assert Verdict("add", "failed", failures=(BROKEN, WRONG, AGAIN)).slips == ("sign", "double", "factor")


def test_a_failure_comes_back_from_json_as_it_was():
    in_parts = replace(WRONG, part=(2, 3))
    facts = json.loads(json.dumps(Verdict("add", "failed", failures=(in_parts,)).to_dict()["failures"][0]))
    assert Failure.from_dict(facts) == in_parts


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
