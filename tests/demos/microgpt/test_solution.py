"""The solution of the worksheet, against the program's own backward pass."""

import pytest

from handgrad.demos.microgpt import by_hand, model, solution
from handgrad.demos.microgpt.exercise import Exercise


def test_its_short_way_is_as_right_as_its_long_one_and_as_the_programs():
    x = Exercise().numbers
    steps, short, programs = solution.every_step(x), solution.backward(x), by_hand.backward(x)
    assert set(short) == set(programs) == set(model.PARAMETERS)
    for name in model.PARAMETERS:
        assert short[name] == pytest.approx(programs[name], rel=1e-9, abs=1e-14), name
        assert steps[f"d{name}"] == pytest.approx(programs[name], rel=1e-9, abs=1e-14), name


def test_the_norm_in_one_go_is_its_three_steps():
    x = Exercise().numbers
    steps = solution.every_step(x)
    assert solution.norm(x, steps["dx"]) == pytest.approx(steps["demb"], rel=1e-9, abs=1e-14)
