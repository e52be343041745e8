"""Drills that repeat, and whose gradients tell."""

import random

import pytest

from handgrad import gradients
from handgrad.demos.katas.drills.drill import LEVELS, make_drill


@pytest.mark.parametrize("level", LEVELS)
def test_drills_repeat_by_seed_and_have_telling_gradients(level):
    first, second = random.Random(3), random.Random(3)
    for _ in range(60):
        drill, again = make_drill(first, level), make_drill(second, level)
        assert drill.steps[-1][1] == again.steps[-1][1]
        assert [leaf.data for leaf in drill.leaves] == [leaf.data for leaf in again.leaves]
        true = gradients(drill.root)
        assert drill.asked
        for node in drill.asked:
            assert 0.02 <= abs(true[node]) <= 250
            assert node.label


@pytest.mark.parametrize("level", [3, 4])
def test_reuse_comes_up(level):
    rng = random.Random(1)
    drills = [make_drill(rng, level) for _ in range(40)]

    def has_reuse(drill):
        operands = [o for node, _ in drill.steps for o in node.operands if not o.is_constant]
        return len(set(operands)) < len(operands)

    assert any(map(has_reuse, drills))
    assert level != 3 or all(map(has_reuse, drills))
