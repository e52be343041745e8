"""Notebooks: read, run and looked at. Whoever imports this needs Jupyter's packages."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from tests.optional import needs

for name in ("ipykernel", "nbclient", "nbformat"):
    needs(name)
nbclient, nbformat = import_module("nbclient"), import_module("nbformat")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def is_bare(notebook: Any) -> bool:
    """Whether it is well formed, and no cell of it has been run."""
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return all(not cell.outputs and cell.execution_count is None for cell in code)


def executed(path: Path) -> Any:
    """The notebook after a run from top to bottom, with its folder's parent's parent as the current one."""
    notebook = read(path)
    where = {"metadata": {"path": str(path.parent.parent.parent)}}
    nbclient.NotebookClient(notebook, timeout=None, kernel_name="python3", resources=where).execute()
    return notebook


def text(notebook: Any) -> str:
    """What its cells have printed."""
    return "".join(output.get("text", "") for output in _outputs(notebook))


def pictures(notebook: Any) -> list[str]:
    """The SVGs that its cells show."""
    shown = [output.get("data", {}) for output in _outputs(notebook)]
    return [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]


def _outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]
