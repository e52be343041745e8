"""The pages for nbgrader, Otter and GitHub Classroom: their cells and commands, run as they are written."""

import re
import shlex
import subprocess
import sys

import pytest
import yaml

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.workspace import start
from handgrad.testing import GradientError
from tests.demos.docs.test_docs import DOCS, fences
from tests.optional import only_where

HOWTO = DOCS / "pages" / "howto"
LOST_MINUS = "b.grad = -a.data"


def cells(name):
    """The answer of a page, and the tests that follow it."""
    answer, *tests = (text for language, text in fences(HOWTO / f"{name}.md") if language == "python")
    return answer, tests


def played(*programs):
    """A notebook's cells, run one after the other; the value of the last line, where it is an expression."""
    names = {}
    *before, last = "\n".join(programs).splitlines()
    exec("\n".join(before), names)
    return eval(last, names) if not last.startswith("_ = ") else exec(last, names)


@pytest.mark.parametrize("name", ["nbgrader", "otter"])
def test_the_cells_pass_the_right_answer_and_tell_a_wrong_one_its_mistake(name):
    answer, (test, *_) = cells(name)
    played(answer, test)
    wrong = answer.replace("b.grad = a.data", LOST_MINUS)
    assert wrong != answer
    with pytest.raises(GradientError, match="right magnitude, wrong sign"):
        played(wrong, test)


@pytest.mark.parametrize(("written", "points"), [("b.grad = a.data", 2.0), (LOST_MINUS, 1.0), ("pass", 1.0)])
def test_the_cell_of_nbgrader_that_ends_in_a_number_gives_a_part_of_the_points(written, points):
    answer, (test, part) = cells("nbgrader")
    imports = test.splitlines()[0]
    assert played(answer.replace("b.grad = a.data", written), imports, part) == points


@pytest.mark.parametrize(
    ("name", "begin", "end"), [("nbgrader", "### BEGIN", "### END"), ("otter", "# BEGIN", "# END")]
)
def test_what_students_get_has_no_solution(name, begin, end):
    answer, _ = cells(name)
    left = re.sub(rf" *{begin} SOLUTION.*{end} SOLUTION\n", "    ...\n", answer, flags=re.DOTALL)
    assert ".data" not in left
    with pytest.raises(GradientError):
        played(left, cells(name)[1][0])


@pytest.fixture(scope="module")
def steps():
    ((_, text),) = [fence for fence in fences(HOWTO / "github_classroom.md") if fence[0] == "yaml"]
    workflow = yaml.safe_load(text)
    return workflow["jobs"]["run-autograding-tests"]["steps"]


def test_the_reporter_of_the_workflow_knows_each_of_its_steps(steps):
    *_, reporter = steps
    graded = [step["id"] for step in steps if "id" in step]
    assert reporter["with"]["runners"].split(",") == graded
    assert reporter["env"] == {f"{name.upper()}_RESULTS": f"${{{{steps.{name}.outputs.result}}}}" for name in graded}


@pytest.mark.rest
@only_where(sys.platform == "linux", "grading needs Linux")
def test_a_step_of_the_workflow_is_green_for_the_kata_that_is_right_alone(steps, tmp_path):
    course = Course()
    workspace, _ = start(tmp_path / "katas", course)
    workspace.answer(course["add"]).write_bytes(course["add"].solution.read_bytes())
    ended = {}
    for step in steps:
        if "id" in step:
            program, *words = shlex.split(step["with"]["command"].replace("/tmp", str(tmp_path)))
            assert program == "handgrad"
            command = [sys.executable, "-c", "from handgrad.demos.cli import main; main()", *words]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            ended[step["id"]] = done.returncode
            assert f"me, {step['id']}: " in done.stdout, done
    assert ended == {"slope": 1, "add": 0}
