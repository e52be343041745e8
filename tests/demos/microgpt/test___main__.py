"""`python -m handgrad.demos.microgpt`, as people type it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from handgrad.demos.microgpt import model, vocabulary
from handgrad.demos.microgpt.__main__ import main, p_minus_y
from tests.demos.microgpt.handed_out import SOLUTION

TOKENS = vocabulary.tokens("anna")


def test_the_table_shows_that_p_minus_y_is_what_autodiff_gives() -> None:
    parameters = model.parameters(27)
    x = model.forward(parameters, TOKENS[:-1], TOKENS[1:])
    rows = [line.split() for line in p_minus_y(parameters, "anna").splitlines()[2:]]
    assert [row[:2] for row in rows] == [[".", "a"], [".a", "n"], [".an", "n"], [".ann", "a"], [".anna", "."]]
    for t, row in enumerate(rows):
        there = (x.probs[t, TOKENS[t + 1]] - 1.0) / 5
        assert [float(cell) for cell in row[3:]] == pytest.approx([there, -there, there], abs=6e-5)


@pytest.mark.rest(of=3)
def test_the_program_trains_says_what_came_of_it_and_draws_the_losses(tmp_path: Path) -> None:
    out = tmp_path / "new" / "losses.png"
    done = CliRunner().invoke(main, ["--by", "hand", "--steps", "30", "--out", str(out)])
    assert done.exit_code == 0, done.output
    for words in ("3,760 parameters", "log(27) = 3.296", "it makes up:", "(p - y)/5", str(out)):
        assert words in done.output
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.rest(of=3)
def test_without_matplotlib_it_trains_and_says_what_it_would_have_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = tmp_path / "losses.png"
    result = CliRunner().invoke(main, ["--by", "replay", "--steps", "2", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith("not drawn, as that takes matplotlib")
    assert not out.exists()


@pytest.mark.rest(of=3)
def test_a_picture_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(main, ["--by", "hand", "--steps", "2", "--out", str(tmp_path / "file" / "losses.png")])
    assert done.exit_code == 1
    assert "cannot write" in done.output


@pytest.mark.rest(of=3)
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
    assert "Fix first: logits." in done.output
    assert Path("out/microgpt_part1.png").is_file()
    again = run.invoke(main, ["worksheet"])
    assert again.exit_code == 1
    assert "was not touched" in again.output
    mine.write_text(SOLUTION.read_text(encoding="utf-8"), encoding="utf-8")
    done = run.invoke(main, ["check", "--steps", "50"])
    assert done.exit_code == 0, done.output
    assert "50 steps with your gradients: the loss falls" in done.output
