"""The backward pass edge by edge: each edge once, consumers first, and the sums are the gradients."""

import numpy as np
import pytest

from handgrad import Value, compare, gradients, manual
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.viz.sheet.steps import backward_steps
from tests.graphs import random_graph

from .asking import ask, in_manual_mode, sheet_of
from .layer import layer


@pytest.mark.drawn(20)
@pytest.mark.parametrize("seed", range(60))
def test_the_contributions_add_up_to_the_truth_with_each_edge_once_and_consumers_first(seed):
    root = random_graph(seed, leaves=3, steps=4 + seed % 20)
    truth = gradients(root)
    sheet = sheet_of(root)
    names = compare(root).names
    steps = ask(sheet, "steps")["steps"]
    sums = {names[root]: 1.0}
    for step in steps:
        # No edge out of a node before all edges into it are there.
        assert step["upstream"] == pytest.approx(sums[step["consumer"]], rel=1e-12)
        assert step["contribution"] == pytest.approx(step["local"] * step["upstream"], rel=1e-12)
        sums[step["operand"]] = sums.get(step["operand"], 0.0) + step["contribution"]
        assert step["sum"] == pytest.approx(sums[step["operand"]], rel=1e-9, abs=1e-12)
    assert sums == pytest.approx(
        {names[node]: value for node, value in truth.items() if not node.is_constant}, abs=1e-12
    )
    edges = [
        (names[operand], names[consumer])
        for consumer in topological_order(root)
        for operand in consumer.operands
        if not operand.is_constant
    ]
    assert sorted((step["operand"], step["consumer"]) for step in steps) == sorted(edges)


def test_the_steps_of_arrays_add_up_too():
    *arrays, L = layer()
    truth = gradients(L)
    sums = {}
    for step in ask(sheet_of(L), "steps")["steps"]:
        sums[step["operand"]] = sums.get(step["operand"], 0.0) + np.asarray(step["contribution"])
    for node in arrays:
        assert np.allclose(sums[node.label], truth[node])


def test_each_use_is_numbered_among_the_uses_of_its_node():
    with manual():
        a = Value(3.0, "a")
        L = a * a + a.exp()
    steps = [step for step in backward_steps(L, [a]) if step.operand is a]
    assert [(step.use, step.uses) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert [step.place for step in steps if step.consumer.op.name == "*"] == [0, 1]


def test_only_the_steps_into_what_is_shown_are_told_and_their_sums_are_whole():
    with manual():
        a, b = Value(3.0, "a"), Value(5.0, "b")
        L = a * b + a
    steps = backward_steps(L, {a})
    assert {step.operand for step in steps} == {a}
    assert steps[-1].total == 6.0


def test_a_constant_gets_no_step():
    with manual():
        a = Value(3.0, "a")
        L = 2.0 * a * 5.0 + 1.0
    steps = backward_steps(L, topological_order(L))
    assert not [step for step in steps if step.operand.is_constant]
    assert steps[-1].contribution == 10.0


def test_no_more_steps_are_told_than_asked_for():
    with manual():
        a = Value(3.0, "a")
        L = a * a + a * a
    order = topological_order(L)
    whole = backward_steps(L, order)
    assert len(whole) == 6
    assert backward_steps(L, order, most=4) == whole[:4]


def test_a_pass_that_cannot_go_on_is_an_error():
    with manual():
        L = (Value(2.0, "a") - 2.0) ** 0.5
    with pytest.raises(DomainError):
        backward_steps(L, topological_order(L))


def test_a_number_made_of_an_array_is_a_step_of_arrays():
    *_, L = layer()
    assert all(step.is_of_arrays for step in backward_steps(L, topological_order(L)))
    root = in_manual_mode(1, leaves=2, steps=3)
    assert not any(step.is_of_arrays for step in backward_steps(root, topological_order(root)))
