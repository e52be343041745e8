"""The four parts of a worksheet: what is right, wrong, missing or broken in each."""

from __future__ import annotations

import pytest

from handgrad import Status
from handgrad.demos.makemore.checking import COURSE
from tests.demos.makemore.handed_out import HERE, SOLUTION
from tests.demos.worksheets.texts import changed


def test_the_numbers_of_the_forward_pass_cannot_be_written_over_by_a_worksheet(exercise, tmp_path):
    path = changed(SOLUTION, tmp_path, ("dlogits = x.probs.copy()", "dlogits = x.probs"))
    line = path.read_text(encoding="utf-8").splitlines().index("    dlogits[range(x.n), x.Yb] -= 1.0") + 1
    (part,) = COURSE.check(path, exercise, (2,))
    assert part.problem.startswith(f"line {line}: ValueError: assignment destination is read-only")
    assert "x.probs.copy()" in part.problem
    assert all(part.is_right for part in COURSE.check(SOLUTION, exercise))


def test_the_solution_is_right_in_every_part(exercise):
    parts = list(COURSE.check(SOLUTION, exercise))
    assert [part.number for part in parts] == [1, 2, 3, 4]
    assert all(part.is_right for part in parts)


def test_the_worksheet_as_it_is_handed_out_is_missing_and_wrong_in_nothing(exercise):
    for part in COURSE.check(HERE / "worksheet.py", exercise):
        assert {result.status for result in part.comparison.arrays} == {Status.MISSING}
        assert not part.problem


def test_a_mistake_in_a_worksheet_is_placed_where_it_is_made(exercise, tmp_path):
    path = changed(SOLUTION, tmp_path, ("dbndiff = x.bnvar_inv * dbnraw + ", "dbndiff = "))
    (part,) = COURSE.check(path, exercise, (1,))
    assert [r.name for r in part.comparison.arrays if r.status is Status.WRONG] == ["bndiff"]


def test_a_gradient_of_the_wrong_shape_is_a_verdict_on_that_array_and_the_others_are_still_judged(exercise, tmp_path):
    path = changed(SOLUTION, tmp_path, ("dbnmeani = (-dbndiff).sum(0, keepdims=True)", "dbnmeani = (-dbndiff).sum(0)"))
    (part,) = COURSE.check(path, exercise, (1,))
    found = {result.name: result for result in part.comparison.arrays}
    assert {name for name, result in found.items() if result.status is not Status.CORRECT} == {"bnmeani"}
    assert (found["bnmeani"].status, found["bnmeani"].slip.kind) == (Status.WRONG, "shape")
    assert "(64,)" in found["bnmeani"].note
    assert not part.is_right


def test_an_error_in_a_worksheet_names_its_line_and_what_was_written_before_it_counts(exercise, tmp_path):
    path = changed(SOLUTION, tmp_path, ("    dcounts = ", "    1 / 0\n    dcounts = "))
    line = path.read_text(encoding="utf-8").splitlines().index("    1 / 0") + 1
    (part,) = COURSE.check(path, exercise, (1,))
    assert part.problem == f"line {line}: ZeroDivisionError: division by zero"
    filled = [r.name for r in part.comparison.arrays if r.status is Status.CORRECT]
    assert filled == ["logprobs", "probs", "counts_sum_inv", "counts_sum"]


def test_a_gradient_that_is_used_before_it_is_filled_in_is_said(exercise, tmp_path):
    path = changed(SOLUTION, tmp_path, ("dprobs = (1.0 / x.probs) * dlogprobs", "dprobs = None"))
    (part,) = COURSE.check(path, exercise, (1,))
    assert "still None" in part.problem
    assert [r.name for r in part.comparison.arrays if r.status is not Status.MISSING] == ["logprobs"]


def test_part_three_does_not_depend_on_the_learners_other_parts(exercise, tmp_path):
    path = changed(SOLUTION, tmp_path, ("dhpreact = (1.0 - x.h**2) * dh\n    dbngain", "dhpreact = dh\n    dbngain"))
    (part,) = COURSE.check(path, exercise, (3,))
    assert part.is_right


@pytest.mark.parametrize(("number", "function"), [(1, "every_step"), (4, "backward")])
def test_a_part_that_returns_no_gradients_by_name_is_said(exercise, tmp_path, number, function):
    path = changed(SOLUTION, tmp_path, (f"def {function}(x):", f"def {function}(x):\n    return ()\n"))
    (part,) = COURSE.check(path, exercise, (number,))
    assert part.problem == "The function of this part returned a tuple, not a dict of gradients."
    assert {result.status for result in part.comparison.arrays} == {Status.MISSING}
