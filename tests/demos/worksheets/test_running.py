"""A worksheet as a learner has it: loaded, and its functions called."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.demos.makemore.checking import COURSE
from handgrad.demos.worksheets.running import Worksheet, WorksheetError
from tests.demos.worksheets.small import worksheet


def test_a_worksheet_that_is_not_there_or_cannot_be_run_is_said(tmp_path):
    with pytest.raises(WorksheetError, match="There is no file"):
        Worksheet(tmp_path / "nothing.py", COURSE.start)
    broken = tmp_path / "broken.py"
    broken.write_text("def every_step(x)\n", encoding="utf-8")
    with pytest.raises(WorksheetError, match="SyntaxError"):
        Worksheet(broken, COURSE.start)


def test_a_notebook_is_not_run_as_a_program(tmp_path):
    notebook = tmp_path / "mine.ipynb"
    notebook.write_text("{}", encoding="utf-8")
    with pytest.raises(WorksheetError, match="inside Jupyter"):
        Worksheet(notebook, COURSE.start)


def test_where_a_worksheet_cannot_be_run_its_own_line_is_told(tmp_path):
    with pytest.raises(WorksheetError, match=r"cannot be run: line 2: ZeroDivisionError: division by zero$"):
        worksheet(tmp_path, "x = 1\ny = x / 0\n")


def test_a_function_gives_what_it_returns(tmp_path):
    assert worksheet(tmp_path, "def add(x, y):\n    return x + y\n").call("add", 2, 3) == (5, "")


@pytest.mark.parametrize("text", ["", "part = 3\n"])
def test_without_the_function_that_is_said(text, tmp_path):
    assert worksheet(tmp_path, text).call("part") == (None, "The worksheet lacks the function of this part.")


BROKEN = "import json\n\ndef part(x):\n    y = 2 * x\n    helper(y)\n\ndef helper(z):\n    w = z\n    json.loads(w)\n"


def test_where_it_breaks_off_its_variables_are_there_and_the_innermost_of_its_lines_is_told(tmp_path):
    found, problem = worksheet(tmp_path, BROKEN).call("part", 3)
    assert found == {"x": 3, "y": 6}
    assert problem.startswith("line 9: TypeError: the JSON object must be str")


def test_where_it_is_not_even_entered_there_is_no_line(tmp_path):
    found, problem = worksheet(tmp_path, "def part():\n    pass\n").call("part", 1)
    assert found is None
    assert problem == "TypeError: part() takes 0 positional arguments but 1 was given"


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("x += 1", "copied before it is changed, as in x.probs.copy()."),
        ("return 2 * None", "A gradient that is used there is still None."),
        ("raise ValueError('something else')", "line 2: ValueError: something else"),
    ],
)
def test_of_what_comes_of_the_worksheet_the_way_out_is_told(line, advice, tmp_path):
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    _, problem = worksheet(tmp_path, f"def part(x):\n    {line}\n").call("part", frozen)
    assert problem.endswith(advice)
