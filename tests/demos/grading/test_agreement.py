"""Graded at arm's length, an answer gets the verdict that `handgrad check` gives it in its learner's own process."""

import json
import re
from itertools import chain

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.grading.player.guard import BELOW_PYTHON
from handgrad.demos.grading.results.score import POINTS
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.terminal import views
from tests.demos.judged import compared_answers
from tests.drawing import selected_cases

COURSE = Course()
RIGHT = "def backward(a, b, y):\n    y.grad = 1.0\n    a.grad = b.data\n    b.grad = a.data\n"
STEPS = COURSE["batchnorm_steps"].solution.read_text(encoding="utf-8")
ORDERED = STEPS.replace("import numpy", "from collections import OrderedDict\nimport numpy").replace(
    "return dict(", "return OrderedDict("
)

# Right, and odd in what else they do: (kata, answer).
ODD = {
    "a dict of another class": ("batchnorm_steps", ORDERED),
    "an iterator at the top": (
        "multiply",
        f"ones = iter([1.0] * 1000)\n{RIGHT}".replace("y.grad = 1.0", "y.grad = next(ones)"),
    ),
    "a counter without end at the top": (
        "multiply",
        f"import itertools\ncalls = itertools.count()\n{RIGHT}    next(calls)\n",
    ),
    "an open file at the top": ("multiply", f"import os\nwith open(__file__) as me: text = me.read()\n{RIGHT}"),
    "a repr that raises": (
        "multiply",
        f"class Odd:\n    def __repr__(self): raise ValueError\nodd = Odd()\n{RIGHT}",
    ),
    "imports that it does not use": ("multiply", f"import subprocess, asyncio, statistics\n{RIGHT}"),
    "prints": ("multiply", f"print('at import')\n{RIGHT}    print('in the call', a.data)\n"),
    "a loop of asyncio's": (
        "multiply",
        f"import asyncio\nasync def one(): await asyncio.sleep(0); return 1.0\n{RIGHT}".replace(
            "y.grad = 1.0", "y.grad = asyncio.run(one())"
        ),
    ),
    "temporary files": (
        "multiply",
        "import tempfile\nwith tempfile.TemporaryDirectory() as top, tempfile.TemporaryFile('w+') as file:\n"
        f"    file.write('x')\n    with tempfile.NamedTemporaryFile(dir=top) as inner: inner.write(b'x')\n{RIGHT}",
    ),
    "NumPy's longest numbers": (
        "multiply",
        f"import numpy as np\n{RIGHT}".replace("= b.data", "= np.longdouble(b.data)").replace(
            "= a.data", "= np.array(a.data, dtype=np.longdouble)"
        ),
    ),
    "numpy numbers": ("multiply", f"import numpy as np\n{RIGHT}".replace("= b.data", "= np.float64(b.data)")),
}


def answers():
    """Every answer that is compared, as (student, kata, program).

    Of each kata one that is wrong: that its solution passes in a grading, the grading itself makes sure of.
    """
    for kata, program in compared_answers().items():
        yield "wrong", kata, program
    for student, (kata, program) in ODD.items():
        yield student, kata, program


def group(compared_one):
    """What one answer is drawn of: a belt's wrong ones, or those that are right and odd."""
    student, kata, _ = compared_one
    return student in ODD or COURSE[kata].belt


def files(compared_one):
    return [COURSE[compared_one[1]].folder]


def of_each_answer(test):
    each = pytest.mark.parametrize("compared_one", list(answers()), ids=lambda answer: f"{answer[1]} {answer[0]}")
    return pytest.mark.drawn(1, by=group, files=files, rest=1)(each(test))


@pytest.fixture(scope="session")
def both(request, judged_once, with_kept_workers, tmp_path_factory):
    """What grading and checking say of each answer of this run: {(student, kata): (result, verdict)}."""
    asked = selected_cases(request, "compared_one")
    with with_kept_workers():
        return compared(asked, judged_once, tmp_path_factory.mktemp("both"))


def compared(asked, run, top):
    found = {}
    for student, kata, program in asked:
        path = top / "in" / student / f"{kata}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program, encoding="utf-8")
        found[student, kata] = judge(COURSE[kata], path, run=run)
    names = chain.from_iterable(("--kata", kata) for kata in {kata: None for _, kata, _ in asked})
    # By the processor, not by the clock, of which a busy machine takes more.
    arguments = ["grade", str(top / "in"), "--out", str(top / "g.json"), "--limits", "seconds=60", *names]
    run = CliRunner().invoke(main, arguments)
    assert run.exit_code == 0, run.output
    for student in json.loads((top / "g.json").read_text(encoding="utf-8"))["students"]:
        for result in student["katas"]:
            key = student["student"], result["kata"]
            if key in found:
                found[key] = result, found[key]
    return found


@of_each_answer
def test_an_answer_gets_the_same_verdict_passes_the_same_tests_and_has_the_same_slips(compared_one, both):
    result, verdict = both[compared_one[:2]]
    assert (result["status"], result["passed"], result["slips"]) == (verdict.status, verdict.passed, [*verdict.slips])


@of_each_answer
def test_what_fails_by_an_assertion_is_told_in_the_same_words(compared_one, both):
    result, verdict = both[compared_one[:2]]
    if verdict.status == "failed":
        assert rounded(result["message"]).startswith(rounded(verdict.message))


@of_each_answer
def test_every_odd_right_answer_passes_and_no_wrong_one(compared_one, both):
    result, _ = both[compared_one[:2]]
    if compared_one[0] in ODD:
        assert (result["status"], result["score"]) == ("passed", POINTS)
    else:
        assert result["score"] < POINTS


def rounded(message):
    """A message without what two processes may round in two ways."""
    return re.sub(r"\d(\.\d)?e-(1[6-9]|[2-9]\d) *", "0 ", message)


@pytest.mark.drawn(3, rest=4)
@pytest.mark.parametrize("name", sorted({*BELOW_PYTHON, "handgrad.viz", "handgrad.demos", "torch", "pytest"}))
def test_what_is_not_there_in_a_grading_is_told_when_it_is_checked(name, warm, tmp_path):
    answer = f"try:\n    import {name}\nexcept ImportError:\n    pass\n{RIGHT}"
    (tmp_path / "multiply.py").write_text(answer, encoding="utf-8")
    found = judge(COURSE["multiply"], tmp_path / "multiply.py", run=warm.run)
    assert found.ok
    assert f"it imports {name}. handgrad grade runs" in found.note
    assert found.note in [line.plain for line in views.verdict(None, COURSE["multiply"], found, 80)]
