"""The solution's short forms, against its own long way."""

import numpy as np
import pytest

from handgrad.demos.makemore import model, solution


def test_the_short_forms_give_what_the_long_way_gives(exercise):
    steps = solution.every_step(exercise.numbers)
    np.testing.assert_allclose(solution.cross_entropy(exercise.numbers), steps["dlogits"], rtol=1e-7, atol=1e-12)
    one_go = solution.batch_norm(exercise.numbers, steps["dhpreact"])
    np.testing.assert_allclose(one_go, steps["dhprebn"], rtol=1e-7, atol=1e-12)
    short = solution.backward(exercise.numbers)
    assert set(short) == set(model.PARAMETERS)
    for name, gradient in short.items():
        assert gradient == pytest.approx(steps[f"d{name}"], rel=1e-7, abs=1e-12)


def test_a_step_along_the_gradients_lowers_the_loss(exercise):
    x = exercise.numbers
    gradients = solution.backward(x)
    moved = {name: getattr(x, name) - 1e-3 * gradients[name] for name in model.PARAMETERS}
    fall = float(x.loss - model.forward(moved, x.Xb, x.Yb).loss)
    assert fall == pytest.approx(1e-3 * sum(float((g**2).sum()) for g in gradients.values()), rel=0.02)
