"""A notebook as a program: its definitions, and none of what is only tried out."""

import json

import pytest

from handgrad.demos.grading.submissions.notebook import program
from handgrad.demos.grading.submissions.opening import RefusedError
from handgrad.demos.grading.submissions.reading import read_submissions
from tests.demos.grading.classes import COURSE, RIGHT


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in cells], "nbformat": 4}).encode()


def test_definitions_are_kept_in_their_order_and_trials_are_not():
    text = program(
        notebook(
            "%matplotlib inline\n!pip install x\nimport math",
            ["RULES = {'+': lambda a: f(a)}\n", "print(RULES)\n", "@staticmethod\n", "def f(a):\n", "    return a\n"],
            "loss = f(3)\nplot(loss)\nfor i in range(3): f(i)",
            "class A:\n    x = 1",
        )
    ).decode()
    assert text == (
        "import math\n\nRULES = {'+': lambda a: f(a)}\n\n"
        "@staticmethod\ndef f(a):\n    return a\n\nclass A:\n    x = 1\n"
    )


def test_a_cell_that_is_no_python_is_kept_so_that_its_error_is_told():
    assert program(notebook("def f(:\n    pass")) == b"def f(:\n    pass\n"


def test_text_cells_are_nothing():
    cells = {"cells": [{"cell_type": "markdown", "source": "import os"}]}
    assert program(json.dumps(cells).encode()) == b"\n"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"cells": 3}', b'{"cells": [{}]}', b"[" * 100_000])
def test_what_is_no_notebook_is_refused(content):
    with pytest.raises(RefusedError, match="no notebook that can be read"):
        program(content)


def test_a_notebook_named_as_a_kata_is_an_answer(tmp_path):
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "multiply.ipynb").write_bytes(notebook(RIGHT.decode(), "backward(1, 2, 3)"))
    (tmp_path / "in" / "bob_multiply.ipynb").write_bytes(b"{")
    ada, bob = read_submissions(tmp_path / "in", COURSE).submissions
    assert b"def backward" in ada.content
    assert b"backward(1, 2, 3)" not in ada.content
    assert bob.problem.startswith("bob_multiply.ipynb is no notebook")
