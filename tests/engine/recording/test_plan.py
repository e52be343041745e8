"""A graph as steps: what stands where, and that the steps done one after the other are the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.graph import topological_order
from handgrad.recording.plan import Columns, Levels
from handgrad.recording.terms import fold_terms
from tests.graphs import random_graph


def plan_of(root: Value, inputs: list[Value]) -> Levels:
    return Levels(fold_terms(topological_order(root), inputs), inputs)


def leaves_of(root: Value) -> list[Value]:
    return [node for node in topological_order(root) if node.is_leaf and not node.is_constant]


def run_all(calls: Iterable[Callable[[], Any]]) -> None:
    for call in calls:
        call()


def done(plan: Levels, inputs: list[float], leaves: list[float]) -> tuple[float, list[float]]:
    """The steps one after the other, as the docstrings say, for one set of numbers."""
    numbers = np.full((plan.size, 1), np.nan)
    start = np.array([*inputs, *leaves, *plan.fixed])
    numbers[: len(start), 0] = start
    room = np.empty(2 * plan.products)
    with np.errstate(all="ignore"):  # a power of a negative number has no slope by its exponent
        for step in plan.forward:
            run_all(step.calls(numbers, room))
    assert np.isfinite(numbers[: plan.data_size]).all()
    numbers[-1] = 1.0
    for block in plan.backward:
        run_all(block.calls(numbers, room))
    return float(numbers[plan.data_size - 1, 0]), numbers[plan.gradients, 0].tolist()


@pytest.mark.parametrize("seed", range(40))
def test_the_steps_of_a_random_graph_give_its_data_and_its_gradients(seed):
    root = random_graph(seed)
    leaves = leaves_of(root)
    inputs = leaves[seed % 2 :: 2] or leaves
    plan = plan_of(root, inputs)
    value, found = done(plan, [node.data for node in inputs], [node.data for node in plan.leaves])
    expected = gradients(root)
    assert value == pytest.approx(root.data, rel=1e-12)
    assert found == pytest.approx([expected[node] for node in inputs], rel=1e-9, abs=1e-12)


def test_leaves_are_inputs_or_may_change_or_are_fixed():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    plan = plan_of((x * w).exp() + 5.0, [x])
    assert plan.leaves == [w]
    assert 5.0 in plan.fixed
    assert 2.0 not in plan.fixed
    assert len(plan.gradients) == 1


def test_nodes_of_one_operation_on_one_level_are_one_step():
    x = [Value(0.1 * i) for i in range(30)]
    plan = plan_of(sum(node.tanh() for node in x), x)
    (columns,) = [step for step in plan.forward if isinstance(step, Columns)]
    assert columns.out.stop - columns.out.start == 30
    assert columns.local == [slice(columns.local[0].start, columns.local[0].start + 30)]


def test_no_local_derivative_is_worked_out_where_no_input_stands_behind():
    x, w = Value(2.0), Value(3.0)
    plan = plan_of(w.exp() * x, [x])
    (columns,) = [step for step in plan.forward if isinstance(step, Columns)]
    assert columns.local == [None]


def test_a_root_that_is_the_input_takes_no_step():
    x = Value(2.0)
    plan = plan_of(x, [x])
    assert (plan.forward, plan.backward, plan.gradients.tolist()) == ([], [], [1])  # behind its data


def test_inputs_are_placed_in_the_order_in_which_they_are_given():
    a, b, c = Value(2.0), Value(3.0), Value(5.0)
    root = a * b - c
    for inputs, expected in (([c, a, b], [-1.0, 3.0, 2.0]), ([b], [2.0])):
        plan = plan_of(root, inputs)
        rest = [node.data for node in plan.leaves]
        assert done(plan, [node.data for node in inputs], rest) == (1.0, expected)
