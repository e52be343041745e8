"""The notebook pair runs from top to bottom as it is handed out."""

from __future__ import annotations

import pytest

from tests.demos.microgpt.handed_out import HERE
from tests.demos.worksheets.notebooks import executed, is_bare, pictures, read, text

pytestmark = pytest.mark.rest


@pytest.mark.parametrize("name", ["worksheet", "solution"])
def test_a_notebook_is_handed_out_without_outputs(name: str) -> None:
    assert is_bare(read(HERE / f"{name}.ipynb"))


# The kernel's own libraries warn of this and that.
@pytest.mark.drawn(0, rest=1)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "words"),
    [("worksheet", ["Not begun: 2 to go"]), ("solution", ["All correct: 37 arrays.", "WRONG", "It makes up:"])],
)
def test_a_notebook_runs_from_top_to_bottom(name: str, words: list[str]) -> None:
    notebook = executed(HERE / f"{name}.ipynb")
    said = text(notebook)
    for word in words:
        assert word in said
    assert pictures(notebook)
