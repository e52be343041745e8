"""An answer that changes what judges it has that said, and no verdict."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge

ADD = Course()["add"]
WRONG = ADD.solution.read_text(encoding="utf-8").replace("b.grad = 1.0", "b.grad = -1.0")


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("import json\njson.dumps = lambda *a, **k: '{}'", "json.dumps"),
        ("from handgrad import compare\ncompare.__wrapped__.__kwdefaults__['rtol'] = 1e9", "comparator.compare"),
        ("from handgrad.demos.katas import checking\nchecking.compare = lambda *a, **k: None", "checking"),
        ("import handgrad.testing as t\nt.assert_gradients.__code__ = (lambda *a, **k: None).__code__", "testing"),
    ],
)
def test_what_was_changed_is_named(answer, warm, program, name):
    found = judge(ADD, answer(f"{program}\n\n{WRONG}"), run=warm.run)
    assert (found.status, found.passed) == ("error", 0)
    assert "changes what judges it" in found.message or "The tests did not write this report" in found.message, (
        found.message
    )
    assert name in found.message or "json" in found.message


@pytest.mark.parametrize("report", ["{}", "[]", '{"failures": 3, "passed": 1, "picture": null, "tampered": []}', "1"])
def test_a_forged_report_that_is_none_is_no_traceback(answer, warm, report):
    program = (
        "import os, pathlib\n"
        "folder = pathlib.Path.cwd().parent / 'report'\n"
        f"(folder / 'report.json').write_text({report!r})\n"
        "os._exit(0)\n"
    )
    found = judge(ADD, answer(program), run=warm.run)
    assert found.status == "error"
    assert "report" in found.message or "ended the whole program" in found.message


def test_an_honest_answer_changes_nothing(warm):
    assert judge(ADD, ADD.solution, run=warm.run).ok
