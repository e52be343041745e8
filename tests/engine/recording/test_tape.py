"""A recorded graph run node by node, on nodes of its own."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients, op
from handgrad.arrays import array
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.manual import ByHandError, by_hand
from handgrad.recording.tape import Tape
from tests.graphs import random_graph


def tape_of(root: Value, *inputs: Value) -> Tape:
    return Tape(topological_order(root), inputs)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_graph_gives_its_own_data_and_gradients(seed):
    root = random_graph(seed)
    leaves = [node for node in topological_order(root) if node.is_leaf and not node.is_constant]
    expected = gradients(root)
    value, found = tape_of(root, *leaves).run([leaf.data for leaf in leaves])
    assert value == root.data
    assert found == [expected[leaf] for leaf in leaves]


def test_a_run_leaves_the_recorded_nodes_alone_and_forgets_the_run_before():
    x = Value(2.0)
    root = x * x
    tape = tape_of(root, x)
    assert [tape.run([number]) for number in (5.0, 5.0, -1.0)] == [(25.0, [10.0]), (25.0, [10.0]), (1.0, [-2.0])]
    assert (x.data, x.grad, root.data, root.grad) == (2.0, 0.0, 4.0, 0.0)


def test_the_other_leaves_stand_at_the_data_they_have_at_each_run():
    x, w = Value(2.0), Value(3.0)
    tape = tape_of(x * w, x)
    w.data = 10.0
    assert tape.run([1.0]) == (10.0, [10.0])


def test_arrays_and_operations_of_many_operands_are_run_too():
    middle = op("middle", lambda *xs: sorted(xs)[1], lambda *xs: [float(x == xs[-1]) for x in xs[:-1]])
    x, s = array([1.0, 2.0, 4.0]), Value(3.0)
    root = middle((x * s).sum(), s, s * s)
    value, (by_x, by_s) = tape_of(root, x, s).run([np.array([0.0, 1.0, 1.0]), 4.0])
    assert (value, by_s) == (8.0, 2.0)
    assert by_x.tolist() == [4.0, 4.0, 4.0]


def test_an_error_names_the_recorded_node_and_the_next_run_is_as_before():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    tape = tape_of((x / y).log(), x, y)
    with pytest.raises(DomainError, match=r"'/' has no finite value, with x = 1\.0, y = 0\.0"):
        tape.run([1.0, 0.0])
    with pytest.raises(DomainError, match=r"'log' has no finite value, with x/y = -1\.0"):
        tape.run([-2.0, 2.0])
    assert tape.run([2.0, 2.0]) == (0.0, [0.5, -0.5])


def test_an_exercise_by_hand_is_told_no_gradient():
    x = Value(1.0)
    tape = tape_of(x * 2.0, x)
    with by_hand(), pytest.raises(ByHandError):
        tape.run([1.0])
