"""What a worksheet is judged by: the solution, and typical mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from handgrad.demos.microgpt import model
from handgrad.demos.microgpt.exercise import COURSE, Exercise
from tests.demos.microgpt.handed_out import SOLUTION
from tests.demos.worksheets.texts import changed


def test_the_solution_is_right_in_every_part(exercise: Exercise) -> None:
    outcomes = list(COURSE.check(SOLUTION, exercise))
    assert [outcome.number for outcome in outcomes] == [1, 2, 3]
    assert all(outcome.is_right for outcome in outcomes)
    assert {result.name for result in outcomes[0].comparison.arrays} == set(model.INTERMEDIATES)


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
    (outcome,) = COURSE.check(changed(SOLUTION, tmp_path, (old, new)), exercise, (1,))
    assert [result.name for result in outcome.comparison.causes] == causes
    if kind is not None:
        assert outcome.comparison.causes[0].slip is not None
        assert outcome.comparison.causes[0].slip.kind == kind
