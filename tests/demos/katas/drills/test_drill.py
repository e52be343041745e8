"""Drills that repeat, and whose gradients tell."""

import math
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


FUNCTIONS = {
    "exp": math.exp,
    "tanh": math.tanh,
    "sigmoid": lambda x: 1.0 / (1.0 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
}


@pytest.mark.parametrize("level", LEVELS)
def test_each_step_says_how_its_node_was_made_and_all_but_the_root_are_asked_for(level):
    rng = random.Random(5)
    for _ in range(40):
        drill = make_drill(rng, level)
        numbers = {leaf.label: leaf.data for leaf in drill.leaves}
        for node, text in drill.steps:
            assert node.label not in numbers
            assert eval(text, FUNCTIONS, numbers) == pytest.approx(node.data)
            numbers[node.label] = node.data
        assert (drill.root, drill.root.label) == (node, "L")
        assert drill.backward_order == (drill.root, *drill.asked)
        assert sorted(node.label for node in drill.backward_order) == sorted(numbers)


@pytest.mark.parametrize("level", LEVELS)
def test_the_numbers_are_easy_to_work_with_and_of_different_sizes(level):
    rng = random.Random(2)
    drills = [make_drill(rng, level) for _ in range(40)]
    for drill in drills:
        sizes = [abs(leaf.data) for leaf in drill.leaves]
        assert len(set(sizes)) == len(sizes)
        assert set(sizes) <= ({0.5, 1.5, 2.5, 3.0} if level == 4 else {3.0, 4.0, 5.0, 6.0, 7.0})
    assert {leaf.data < 0.0 for drill in drills for leaf in drill.leaves} == {True, False}


def test_a_level_is_as_long_as_it_says_and_only_the_last_has_functions():
    rng = random.Random(4)
    for level, counts in ((1, {1}), (2, {2, 3}), (3, {3}), (4, {3, 4})):
        drills = [make_drill(rng, level) for _ in range(40)]
        assert {len(drill.steps) for drill in drills} == counts
        assert {len(drill.leaves) for drill in drills} == ({2} if level in (1, 3) else {3})
        has_functions = any("(" in text for drill in drills for _, text in drill.steps)
        assert has_functions == (level == 4)
