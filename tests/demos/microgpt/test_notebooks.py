"""The notebook pair runs from top to bottom as it is handed out."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

import handgrad.demos.microgpt

HERE = Path(handgrad.demos.microgpt.__file__).parent


# The kernel's own libraries warn of this and that.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "words"),
    [("worksheet", ["Not begun: 2 to go"]), ("solution", ["All correct: 37 arrays.", "WRONG", "It makes up:"])],
)
def test_a_notebook_runs_from_top_to_bottom(name: str, words: list[str]) -> None:
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    where = {"metadata": {"path": str(HERE.parent.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "".join(output.get("text", "") for output in outputs)
    for word in words:
        assert word in said
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)
