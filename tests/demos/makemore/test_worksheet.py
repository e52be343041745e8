"""The worksheet as it is handed out."""

from __future__ import annotations

import ast
from pathlib import Path

from handgrad.demos.makemore import model, solution, worksheet
from tests.demos.makemore.handed_out import FORWARD_LINES, HERE


def test_the_worksheet_and_the_solution_have_the_same_functions_and_arrays():
    def outline(module):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        return {f.name: [a.arg for a in f.args.args] for f in tree.body if isinstance(f, ast.FunctionDef)}

    assert outline(worksheet) == outline(solution)
    asked = [name for name in worksheet.every_step(None) if name != "x"]
    assert asked == [f"d{name}" for name in model.INTERMEDIATES]
    assert set(worksheet.backward(None)) == set(model.PARAMETERS)


def test_the_worksheet_shows_the_forward_lines_that_it_asks_about():
    shown = [line.strip("# ") for line in (HERE / "worksheet.py").read_text(encoding="utf-8").splitlines()]
    for line in FORWARD_LINES:
        assert line in shown
