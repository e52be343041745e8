"""`python -m handgrad.demos.makemore`, as people type it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from handgrad.demos.makemore.__main__ import main
from tests.demos.makemore.handed_out import HERE, SOLUTION
from tests.demos.worksheets.texts import changed


def test_start_writes_a_worksheet_and_never_overwrites_one(tmp_path):
    path = tmp_path / "mine.py"
    assert CliRunner().invoke(main, ["start", str(path)]).exit_code == 0
    path.write_text("# edited\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["start", str(path)])
    assert result.exit_code != 0
    assert "was not touched" in result.output
    assert path.read_text(encoding="utf-8") == "# edited\n"


def test_start_writes_the_notebook_where_the_path_says_so(tmp_path):
    path = tmp_path / "mine.ipynb"
    assert CliRunner().invoke(main, ["start", str(path)]).exit_code == 0
    assert path.read_bytes() == (HERE / "worksheet.ipynb").read_bytes()


def test_a_notebook_is_sent_to_jupyter_by_start_and_by_check(tmp_path):
    path = tmp_path / "mine.ipynb"
    started = CliRunner().invoke(main, ["start", str(path)])
    assert "Open it in Jupyter; it checks itself, cell by cell." in " ".join(started.output.split())
    assert "handgrad.demos.makemore check" not in started.output
    checked = CliRunner().invoke(main, ["check", str(path)])
    assert checked.exit_code == 1
    assert "is not a .py file. A notebook is checked inside Jupyter" in checked.output


@pytest.mark.parametrize("name", ["mine.txt", "mine"])
def test_start_writes_nothing_that_check_cannot_read(name, tmp_path):
    result = CliRunner().invoke(main, ["start", str(tmp_path / "new" / name)])
    assert result.exit_code == 1
    assert "python -m handgrad.demos.makemore start mine.py" in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.rest
def test_check_reports_every_part_draws_the_wrong_one_and_leaves_the_worksheet_as_it_is(tmp_path):
    path = changed(SOLUTION, tmp_path, ("return dlogits / x.n", "return dlogits"))
    before = path.read_bytes()
    result = CliRunner().invoke(main, ["check", str(path), "--out", str(tmp_path / "out"), "--steps", "10"])
    assert result.exit_code == 1
    assert "Part 2: cross-entropy in closed form" in result.output
    assert "Fix first: logits" in result.output
    assert (tmp_path / "out" / "makemore_part2.png").is_file()
    assert not (tmp_path / "out" / "makemore_part1.png").exists()
    assert path.read_bytes() == before


def test_check_of_the_solution_ends_well_with_made_up_names(tmp_path):
    result = CliRunner().invoke(main, ["check", str(SOLUTION), "--out", str(tmp_path), "--steps", "50"])
    assert result.exit_code == 0, result.output
    assert "It makes up:" in result.output


def test_a_part_that_is_not_begun_is_one_line(tmp_path):
    path = tmp_path / "mine.py"
    CliRunner().invoke(main, ["start", str(path)])
    result = CliRunner().invoke(main, ["check", str(path), "--out", str(tmp_path / "out")])
    parts = [part.splitlines() for part in result.output.strip().split("\n\n")]
    assert [len(part) for part in parts] == [2, 2, 2, 2]
    assert parts[0][1] == "Not begun: 26 to go, the gradient of logprobs first."
    assert parts[1][1] == "Not begun."


def test_a_part_that_is_begun_is_a_table_of_what_is_there_and_one_line_of_the_rest(tmp_path):
    path = changed(SOLUTION, tmp_path, ("    dcounts_sum = ", "    return locals()\n    dcounts_sum = "))
    result = CliRunner().invoke(main, ["check", str(path), "--part", "1", "--out", str(tmp_path / "out")])
    assert "To go: the gradient of counts_sum, then 22 more." in result.output
    assert "missing" not in result.output
    assert [line.split()[0] for line in result.output.splitlines() if line.endswith("correct")] == [
        "logprobs", "probs", "counts_sum_inv",
    ]  # fmt: skip
    assert result.exit_code == 1


def test_check_of_nothing_says_how_to_begin():
    result = CliRunner().invoke(main, ["check", "nowhere.py"])
    assert result.exit_code == 1
    assert "handgrad.demos.makemore start" in result.output
