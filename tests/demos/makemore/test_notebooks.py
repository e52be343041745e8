"""The notebook pair runs from top to bottom as it is handed out."""

from __future__ import annotations

import re

import pytest

from tests.demos.makemore.handed_out import FORWARD_LINES, HERE
from tests.demos.worksheets.notebooks import executed, is_bare, pictures, read, text

# The kernel's own libraries warn of this and that.
pytestmark = [pytest.mark.rest(of=3), pytest.mark.filterwarnings("ignore")]


def sections(name):
    return [cell.source for cell in read(HERE / f"{name}.ipynb").cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("name", ["worksheet", "solution"])
def test_a_notebook_is_handed_out_without_outputs(name):
    assert is_bare(read(HERE / f"{name}.ipynb"))


def test_both_notebooks_have_the_same_headings_but_for_the_solutions_own():
    def headings(name):
        first = [section.splitlines()[0] for section in sections(name)]
        return [line for line in first if line.startswith("#")]

    assert [h for h in headings("solution") if h in headings("worksheet")] == headings("worksheet")


def test_the_worksheet_runs_with_everything_missing():
    notebook = executed(HERE / "worksheet.ipynb")
    said = text(notebook)
    assert "Not begun: 26 to go, the gradient of logprobs first." in said
    assert "missing" not in said
    assert "WRONG" not in said
    assert pictures(notebook)


CELL = 640.0
"""Points: as wide as the output of a cell is beside Jupyter Lab's folders on a laptop."""


def test_the_solution_runs_all_right_and_shows_a_wrong_array_in_red():
    notebook = executed(HERE / "solution.ipynb")
    for picture in pictures(notebook):
        assert float(re.search(r'<svg width="([\d.]+)pt"', picture)[1]) <= CELL
    said = text(notebook)
    assert "All correct: 26 arrays." in said
    assert "Fix first: probs." in said
    assert "It makes up:" in said
    assert any('stroke="red"' in picture for picture in pictures(notebook))


@pytest.mark.parametrize("name", ["worksheet", "solution"])
def test_a_section_shows_the_forward_lines_that_it_asks_about(name):
    shown = {line for section in sections(name) for line in section.splitlines()}
    for line in FORWARD_LINES:
        assert line in shown
