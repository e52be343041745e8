"""The worksheet of the whole tiny GPT: as a file and as a notebook."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import nbclient
import nbformat
import pytest
from click.testing import CliRunner

import handgrad.demos.microgpt
from handgrad.demos.microgpt import model
from handgrad.demos.microgpt.__main__ import main
from handgrad.demos.microgpt.exercise import COURSE, Exercise

HERE = Path(handgrad.demos.microgpt.__file__).parent
SOLUTION = HERE / "solution.py"


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


def forward_lines() -> list[str]:
    """Each line of the forward pass, without what it says of shapes, the parameters by their names."""
    lines = [line.partition("#")[0].strip() for line in inspect.getsource(model.forward).splitlines()]
    first = lines.index('tok = p["wte"][tokens]')
    last = lines.index("loss = -np.log(probs[range(T), targets]).mean()")
    steps = lines[first : last + 1]
    return [re.sub(r'p\["(\w+)"\]', r"\1", step) for step in steps if step]


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The solution with a line written otherwise."""
    text = SOLUTION.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.py"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_solution_is_right_in_every_part(exercise: Exercise) -> None:
    outcomes = list(COURSE.check(SOLUTION, exercise))
    assert [outcome.number for outcome in outcomes] == [1, 2, 3]
    assert all(outcome.is_right for outcome in outcomes)
    assert {result.name for result in outcomes[0].comparison.arrays} == set(model.INTERMEDIATES)


def test_the_worksheet_asks_for_every_array_and_has_none(exercise: Exercise) -> None:
    for outcome in COURSE.check(HERE / "worksheet.py", exercise):
        assert not outcome.problem
        assert len(outcome.comparison.missing) == len(outcome.comparison.arrays)


@pytest.mark.parametrize("name", ["worksheet.py", "worksheet.ipynb", "solution.ipynb"])
def test_the_forward_lines_stand_above_what_is_asked(name: str) -> None:
    text = (HERE / name).read_text(encoding="utf-8")
    for line in forward_lines():
        assert line in text, line


@pytest.mark.parametrize(
    ("old", "new", "causes", "kind"),
    [
        ("dy = dout + dm", "dy = dm", ["y"], "missing-path"),
        ("+ dk @ x.Wk.T", "", ["a"], "missing-path"),
        ("dlogits /= x.T", "dlogits /= 1.0", ["logits"], "factor"),
        ("    np.add.at(dwte, x.tokens, dtok)\n", "", ["wte"], "missing-path"),
        ("dscores.swapaxes(1, 2) @ x.qs", "dscores @ x.qs", ["ks"], "transposed"),
        ("dz * (x.h > 0.0)", "dz", ["h"], None),
    ],
)
def test_a_mistake_is_placed_and_named(
    tmp_path: Path, exercise: Exercise, old: str, new: str, causes: list[str], kind: str | None
) -> None:
    (outcome,) = COURSE.check(changed(tmp_path, old, new), exercise, (1,))
    assert [result.name for result in outcome.comparison.causes] == causes
    if kind is not None:
        assert outcome.comparison.causes[0].slip is not None
        assert outcome.comparison.causes[0].slip.kind == kind


def test_both_commands_work_from_the_first_line_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(main, ["worksheet"]).output.startswith("Written: microgpt_worksheet.py.")
    done = run.invoke(main, ["check"])
    assert done.exit_code == 1
    assert "Not begun: 37 to go, the gradient of logits first." in done.output
    mine = Path("microgpt_worksheet.py")
    mine.write_text(mine.read_text().replace("dlogits = None", "dlogits = x.probs"), encoding="utf-8")
    done = run.invoke(main, ["check", "--part", "1"])
    assert "Mend first: logits." in done.output
    assert Path("out/microgpt_part1.png").is_file()
    again = run.invoke(main, ["worksheet"])
    assert again.exit_code == 1
    assert "was not touched" in again.output
    mine.write_text(SOLUTION.read_text(encoding="utf-8"), encoding="utf-8")
    done = run.invoke(main, ["check", "--steps", "50"])
    assert done.exit_code == 0, done.output
    assert "50 steps with your gradients: the loss falls" in done.output


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
