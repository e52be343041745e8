"""The notebook pair runs from top to bottom as it is handed out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import handgrad.demos.makemore

from .forward_lines import forward_lines

HERE = Path(handgrad.demos.makemore.__file__).parent
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

# The kernel's own libraries warn of this and that.
pytestmark = pytest.mark.filterwarnings("ignore")


def read(name: str):
    return nbformat.read(HERE / f"{name}.ipynb", as_version=4)


def executed(name: str):
    notebook = read(name)
    where = {"metadata": {"path": str(HERE.parent.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
    return notebook


def text(notebook) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def pictures(notebook) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["image/svg+xml"] for output in outputs if "image/svg+xml" in output.get("data", {})]


@pytest.mark.parametrize("name", ["worksheet", "solution"])
def test_a_notebook_is_handed_out_without_outputs(name):
    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_both_notebooks_have_the_same_headings_but_for_the_solutions_own():
    def headings(name):
        cells = [cell.source.splitlines()[0] for cell in read(name).cells if cell.cell_type == "markdown"]
        return [line for line in cells if line.startswith("#")]

    assert [h for h in headings("solution") if h in headings("worksheet")] == headings("worksheet")


def test_the_worksheet_runs_with_everything_missing():
    notebook = executed("worksheet")
    said = text(notebook)
    assert "Not begun: 26 to go, the gradient of logprobs first." in said
    assert "missing" not in said
    assert "WRONG" not in said
    assert pictures(notebook)


CELL = 640.0
"""Points: as wide as the output of a cell is beside Jupyter Lab's folders on a laptop."""


def test_the_solution_runs_all_right_and_shows_a_wrong_array_in_red():
    notebook = executed("solution")
    for picture in pictures(notebook):
        assert float(re.search(r'<svg width="([\d.]+)pt"', picture)[1]) <= CELL
    said = text(notebook)
    assert "All correct: 26 arrays." in said
    assert "Mend first: probs." in said
    assert "It makes up:" in said
    assert any('stroke="red"' in picture for picture in pictures(notebook))


@pytest.mark.parametrize("name", ["worksheet", "solution"])
def test_a_section_shows_the_forward_lines_that_it_asks_about(name):
    shown = {line for cell in read(name).cells if cell.cell_type == "markdown" for line in cell.source.splitlines()}
    for line in forward_lines():
        assert line in shown
