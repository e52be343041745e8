"""What an answer imports that is not there when it is graded."""

import pytest

from handgrad.demos.grading.player.guard import BELOW_PYTHON
from handgrad.demos.katas.judging.imports import REFUSED, missing_when_graded, note_on


@pytest.mark.parametrize(
    ("program", "missing"),
    [
        ("import math, numpy.linalg\nfrom handgrad import Value\nfrom handgrad.verdict import compare", []),
        ("import torch.nn as nn\nimport torch", ["torch"]),
        ("from handgrad import Value, viz", ["handgrad.viz"]),
        ("import handgrad.demos.katas\nfrom handgrad.demos import moons", ["handgrad.demos"]),
        ("import scipy\nimport ctypes, sqlite3", ["scipy", "ctypes", "sqlite3"]),
        ("import add\nfrom add import other", []),  # the answer's own module
        ("from . import helper\nfrom .torch import nn", []),
        ("def backward():\n    if True:\n        import pandas", ["pandas"]),
        ("'import torch'  # import torch", []),
        ("import (", []),
        ("x = '\0'", []),
    ],
)
def test_what_no_answer_has_is_found_wherever_it_is_imported(program, missing):
    assert missing_when_graded(program, "add") == missing


def test_all_that_a_grading_refuses_is_among_it():
    assert BELOW_PYTHON <= REFUSED


def test_the_note_names_each_and_without_one_there_is_none():
    assert note_on([]) == ""
    assert "it imports torch and scipy. handgrad grade" in note_on(["torch", "scipy"])
