"""A worker grades one answer after another, and no answer leaves anything for the next."""

from dataclasses import asdict

import pytest

from handgrad.demos.grading.fence.limits import Limits
from handgrad.demos.grading.results.report import End
from handgrad.demos.grading.running.pool import WorkerProcess
from tests.demos.grading.classes import COURSE

KATA = COURSE["multiply"]
RIGHT = KATA.solution.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def worker(grading):
    process = WorkerProcess(grading[0])
    yield process
    process.close()


@pytest.fixture
def grade(worker):
    def grade(answer, tree="by-hand", may_move_leaves=False, **limits):
        return worker.grade(
            {
                "name": "multiply",
                "test": KATA.test.read_text(encoding="utf-8"),
                "answer": answer.encode().hex(),
                "tree": tree,
                "may_move_leaves": may_move_leaves,
                "limits": asdict(Limits(**limits)),
            }
        )

    return grade


def test_a_right_answer_passes_every_test(grade):
    report = grade(RIGHT)
    assert report.all_passed
    assert (report.total, report.failures, report.moved_leaves) == (report.passed, [], False)
    assert report.seconds > 0.0


def test_a_wrong_one_is_told_test_by_test_with_its_slip(grade):
    report = grade(RIGHT.replace("a.grad =", "a.grad = -"))
    assert (report.end, report.passed) == (End.ALL_RAN, report.total - len(report.failures))
    assert {kind for failure in report.failures for kind in failure["slips"]} == {"sign"}


def test_what_is_done_by_the_engine_works_in_the_tree_that_has_it_and_in_the_barest_not(grade):
    answer = "from handgrad import Value\nx = Value(3.0)\n(x * x).backward()\nassert x.grad == 6.0\n" + RIGHT
    assert grade(answer, tree="whole").all_passed
    assert "done by hand" in grade(answer, tree="by-hand").failures[0]["message"]


def test_what_one_answer_writes_the_next_one_does_not_find(grade):
    first = "import os\nopen('left', 'w').close()\nprint(sorted(os.listdir('.')))\n" + RIGHT
    assert grade(first).output.strip() == "['left', 'multiply.py']"
    assert grade("import os\nprint(os.listdir('.'))\n" + RIGHT).output.strip() == "['multiply.py']"


@pytest.mark.parametrize(
    ("answer", "end", "limits"),
    [
        ("while True: pass\n", End.TIMEOUT, {"cpu": 1}),
        ("import time\ntime.sleep(600)\n", End.TIMEOUT, {"seconds": 0.5}),
        ("import os\nos._exit(0)\n", End.GONE, {}),
        ("print('x' * 3000)\n" + RIGHT, End.TALKATIVE, {"output": 2000}),
    ],
)
def test_every_end_is_told_apart_and_the_worker_goes_on(answer, end, limits, grade):
    assert grade(answer, **limits).end is end
    assert grade(RIGHT).all_passed


@pytest.mark.rest(of=3)
def test_only_the_end_of_what_is_printed_is_kept(grade):
    report = grade("print('begin', 'x' * 9000, 'end')\n" + RIGHT)
    assert report.output.startswith("...\n")
    assert report.output.endswith("end\n")
    assert "begin" not in report.output


@pytest.mark.rest(of=3)
def test_a_leaf_that_is_moved_is_told_where_that_is_allowed_and_else_the_end_of_it(grade):
    moves = RIGHT + "    a.data = a.data + 1.0\n"
    assert grade(moves, may_move_leaves=True).moved_leaves
    report = grade(moves)
    assert not report.passed
    assert "the data of a leaf was changed" in report.failures[0]["message"]
