"""A kata's graph on other numbers."""

import random

import pytest

from handgrad import gradients
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.memory.fresh_drills import MOST, fresh_drill

COURSE = Course()
EARLY = [kata.name for belt in ("white", "yellow") for kata in COURSE.belts[belt] if kata.name != "slope"]


@pytest.mark.parametrize("name", EARLY)
def test_every_graph_of_the_first_belts_is_asked_again_on_fresh_numbers(name):
    first, second = (fresh_drill(COURSE[name], random.Random(seed)) for seed in (1, 2))
    assert [node.op for node, _ in first.steps] == [node.op for node, _ in second.steps]
    assert [leaf.data for leaf in first.leaves] != [leaf.data for leaf in second.leaves]
    assert 1 <= len(first.asked) < MOST
    names = [node.label for node in first.backward_order]
    assert len(set(names)) == len(names)
    assert all(gradients(first.root)[node] for node in first.asked)


def test_the_same_generator_gives_the_same_numbers():
    first, second = (fresh_drill(COURSE["lecture"], random.Random(3)) for _ in range(2))
    assert [leaf.data for leaf in first.leaves] == [leaf.data for leaf in second.leaves]


@pytest.mark.parametrize("name", ["matmul", "mlp", "one_go", "slope"])
def test_arrays_large_graphs_and_operations_of_its_own_are_not_asked_in_a_terminal(name):
    assert fresh_drill(COURSE[name], random.Random(1)) is None
