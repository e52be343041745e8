"""The whole hand-backprop exercise: its data, its parts, its runner."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import handgrad.demos.makemore
from handgrad import Status
from handgrad.demos.makemore import data, model, solution, training, worksheet
from handgrad.demos.makemore.__main__ import main
from handgrad.demos.makemore.checking import COURSE
from handgrad.demos.makemore.exercise import Exercise
from handgrad.demos.worksheets.running import Worksheet, WorksheetError

from .forward_lines import forward_lines

HERE = Path(handgrad.demos.makemore.__file__).parent
SOLUTION = HERE / "solution.py"


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise()


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """The solution with some lines written otherwise."""
    text = SOLUTION.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_there_are_five_hundred_different_names_in_small_letters():
    words = data.names()
    assert len(words) == len(set(words)) >= 500
    assert all(re.fullmatch("[a-z]{2,15}", word) for word in words)
    assert set("".join(words)) == set(data.CHARACTERS[1:])


def test_the_file_of_names_says_what_it_is():
    first = (HERE / "names.txt").read_text(encoding="ascii").splitlines()[0]
    assert first.startswith("#")
    assert "names" in first


def test_the_network_has_the_lectures_size_and_the_same_numbers_as_nodes(exercise):
    x, v = exercise.numbers, exercise.values
    assert (x.n, x.emb.shape, x.h.shape, x.probs.shape) == (32, (32, 3, 10), (32, 64), (32, 27))
    for name in model.INTERMEDIATES:
        assert getattr(v, name).label == name
        assert getattr(v, name).data == pytest.approx(getattr(x, name))
    assert v.loss.data == pytest.approx(x.loss)


def test_the_size_of_the_exercise_is_told_as_it_is(exercise):
    count = sum(getattr(exercise.numbers, name).size for name in model.INTERMEDIATES)
    for text in (HERE / "README.md", HERE.parent / "docs" / "pages" / "howto" / "arrays.md"):
        said = " ".join(text.read_text(encoding="utf-8").split())
        assert f"{len(model.INTERMEDIATES)} arrays" in said
        assert f"some {round(count, -3):,} numbers" in said


def test_the_numbers_of_the_forward_pass_cannot_be_written_over_by_a_worksheet(exercise, tmp_path):
    path = changed(tmp_path, ("dlogits = x.probs.copy()", "dlogits = x.probs"))
    line = path.read_text(encoding="utf-8").splitlines().index("    dlogits[range(x.n), x.Yb] -= 1.0") + 1
    (part,) = COURSE.check(path, exercise, (2,))
    assert part.problem.startswith(f"line {line}: ValueError: assignment destination is read-only")
    assert "x.probs.copy()" in part.problem
    assert all(part.is_right for part in COURSE.check(SOLUTION, exercise))


def test_the_worksheet_and_the_solution_have_the_same_functions_and_arrays():
    def outline(module):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        return {f.name: [a.arg for a in f.args.args] for f in tree.body if isinstance(f, ast.FunctionDef)}

    assert outline(worksheet) == outline(solution)
    asked = [name for name in worksheet.every_step(None) if name != "x"]
    assert asked == [f"d{name}" for name in model.INTERMEDIATES]
    assert set(worksheet.backward(None)) == set(model.PARAMETERS)


def test_the_solution_is_right_in_every_part(exercise):
    parts = list(COURSE.check(SOLUTION, exercise))
    assert [part.number for part in parts] == [1, 2, 3, 4]
    assert all(part.is_right for part in parts)


def test_the_worksheet_as_it_is_handed_out_is_missing_and_wrong_in_nothing(exercise):
    for part in COURSE.check(HERE / "worksheet.py", exercise):
        assert {result.status for result in part.comparison.arrays} == {Status.MISSING}
        assert not part.problem


def test_a_mistake_in_a_worksheet_is_placed_where_it_is_made(exercise, tmp_path):
    path = changed(tmp_path, ("dbndiff = x.bnvar_inv * dbnraw + ", "dbndiff = "))
    (part,) = COURSE.check(path, exercise, (1,))
    assert [r.name for r in part.comparison.arrays if r.status is Status.WRONG] == ["bndiff"]


def test_a_gradient_of_the_wrong_shape_is_a_verdict_on_that_array_and_the_others_are_still_judged(exercise, tmp_path):
    path = changed(tmp_path, ("dbnmeani = (-dbndiff).sum(0, keepdims=True)", "dbnmeani = (-dbndiff).sum(0)"))
    (part,) = COURSE.check(path, exercise, (1,))
    found = {result.name: result for result in part.comparison.arrays}
    assert {name for name, result in found.items() if result.status is not Status.CORRECT} == {"bnmeani"}
    assert (found["bnmeani"].status, found["bnmeani"].slip.kind) == (Status.WRONG, "shape")
    assert "(64,)" in found["bnmeani"].note
    assert not part.is_right


@pytest.mark.parametrize("written", ["text", [[1.0], [2.0, 3.0]], 0.0, object(), np.array(["a"]), [None] * 64])
def test_what_is_no_array_of_numbers_is_a_verdict_on_that_array(exercise, written):
    comparison = exercise.check(b1=written, W1=exercise.true("W1"))
    assert {result.name: result.status for result in comparison.arrays} == {"b1": Status.WRONG, "W1": Status.CORRECT}
    assert "b1" in str(comparison)


def test_an_error_in_a_worksheet_names_its_line_and_what_was_written_before_it_counts(exercise, tmp_path):
    path = changed(tmp_path, ("    dcounts = ", "    1 / 0\n    dcounts = "))
    line = path.read_text(encoding="utf-8").splitlines().index("    1 / 0") + 1
    (part,) = COURSE.check(path, exercise, (1,))
    assert part.problem == f"line {line}: ZeroDivisionError: division by zero"
    filled = [r.name for r in part.comparison.arrays if r.status is Status.CORRECT]
    assert filled == ["logprobs", "probs", "counts_sum_inv", "counts_sum"]


def test_a_gradient_that_is_used_before_it_is_filled_in_is_said(exercise, tmp_path):
    path = changed(tmp_path, ("dprobs = (1.0 / x.probs) * dlogprobs", "dprobs = None"))
    (part,) = COURSE.check(path, exercise, (1,))
    assert "still None" in part.problem
    assert [r.name for r in part.comparison.arrays if r.status is not Status.MISSING] == ["logprobs"]


def test_part_three_does_not_depend_on_the_learners_other_parts(exercise, tmp_path):
    path = changed(tmp_path, ("dhpreact = (1.0 - x.h**2) * dh\n    dbngain", "dhpreact = dh\n    dbngain"))
    (part,) = COURSE.check(path, exercise, (3,))
    assert part.is_right


def test_a_worksheet_that_is_not_there_or_cannot_be_run_is_said(tmp_path):
    with pytest.raises(WorksheetError, match="There is no file"):
        Worksheet(tmp_path / "nothing.py", COURSE.start)
    broken = tmp_path / "broken.py"
    broken.write_text("def every_step(x)\n", encoding="utf-8")
    with pytest.raises(WorksheetError, match="SyntaxError"):
        Worksheet(broken, COURSE.start)


@pytest.mark.parametrize(("number", "function"), [(1, "every_step"), (4, "backward")])
def test_a_part_that_returns_no_gradients_by_name_is_said(exercise, tmp_path, number, function):
    path = changed(tmp_path, (f"def {function}(x):", f"def {function}(x):\n    return ()\n"))
    (part,) = COURSE.check(path, exercise, (number,))
    assert part.problem == "The function of this part returned a tuple, not a dict of gradients."
    assert {result.status for result in part.comparison.arrays} == {Status.MISSING}


def test_a_check_knows_nothing_of_what_an_earlier_one_was_given(exercise):
    exercise.check(probs=-exercise.true("probs"))
    (result,) = exercise.check(counts=-exercise.true("counts")).arrays  # it would follow from those
    assert result.status is Status.WRONG
    (result,) = exercise.check(given={"probs": -exercise.true("probs")}, counts=-exercise.true("counts")).arrays
    assert result.status is Status.CARRIED


def test_a_check_refuses_an_unknown_array(exercise):
    with pytest.raises(ValueError, match="no array 'bn'"):
        exercise.check(bn=np.zeros(3))


def test_training_with_the_solutions_backward_lowers_the_loss_and_makes_up_names():
    run = training.train(solution.backward, steps=600)
    assert np.mean(run.losses[-100:]) < np.mean(run.losses[:20]) - 0.5
    made = training.sample(run.parameters, count=5)
    assert len(made) == 5
    assert made == training.sample(run.parameters, count=5)


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
    assert "Open it in Jupyter; it checks itself, cell by cell." in started.output
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


def test_check_reports_every_part_draws_the_wrong_one_and_leaves_the_worksheet_as_it_is(tmp_path):
    path = changed(tmp_path, ("return dlogits / x.n", "return dlogits"))
    before = path.read_bytes()
    result = CliRunner().invoke(main, ["check", str(path), "--out", str(tmp_path / "out"), "--steps", "10"])
    assert result.exit_code == 1
    assert "Part 2: cross-entropy in one go" in result.output
    assert "Mend first: logits" in result.output
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
    path = changed(tmp_path, ("    dcounts_sum = ", "    return locals()\n    dcounts_sum = "))
    result = CliRunner().invoke(main, ["check", str(path), "--part", "1", "--out", str(tmp_path / "out")])
    assert "To go: the gradient of counts_sum, then 22 more." in result.output
    assert "missing" not in result.output
    assert [line.split()[0] for line in result.output.splitlines() if line.endswith("correct")] == [
        "logprobs", "probs", "counts_sum_inv",
    ]  # fmt: skip
    assert result.exit_code == 1


def test_the_worksheet_shows_the_forward_lines_that_it_asks_about():
    shown = [line.strip("# ") for line in (HERE / "worksheet.py").read_text(encoding="utf-8").splitlines()]
    for line in forward_lines():
        assert line in shown


def test_check_of_nothing_says_how_to_begin():
    result = CliRunner().invoke(main, ["check", "nowhere.py"])
    assert result.exit_code == 1
    assert "handgrad.demos.makemore start" in result.output
