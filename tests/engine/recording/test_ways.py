"""Which way a recorded graph is run, and that each way gives the same."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients, op
from handgrad.arrays import array
from handgrad.errors import DomainError
from handgrad.graph import topological_order
from handgrad.recording import recording
from handgrad.recording.plan import Levels
from handgrad.recording.recording import Recording
from handgrad.recording.tape import Tape


def recorded_graph(root: Value, *inputs: Value) -> Recording:
    return Recording(root, inputs, topological_order(root))


def wide(count: int = 400) -> tuple[Value, list[Value]]:
    leaves = [Value(0.01 * i) for i in range(count)]
    return sum((leaf * leaf).tanh() for leaf in leaves), leaves


def chain(steps: int = 60) -> tuple[Value, Value]:
    x = Value(0.3)
    node = x
    for _ in range(steps):
        node = (node * 0.9).tanh()
    return node, x


@pytest.fixture
def ways(monkeypatch):
    """Which ways were gone, run by run."""
    gone = []

    def spied(kind, name):
        run = kind.run

        def watched(self, data):
            gone.append(name)
            return run(self, data)

        monkeypatch.setattr(kind, "run", watched)

    spied(Levels, "levels")
    spied(Tape, "tape")
    return gone


def test_a_wide_graph_is_run_by_levels_and_a_chain_node_by_node(ways):
    root, leaves = wide()
    value, found = recorded_graph(root, *leaves)(np.array([[leaf.data for leaf in leaves]]))
    assert ways == ["levels"]
    expected = gradients(root)
    assert (value[0], found[0]) == (pytest.approx(root.data), pytest.approx([expected[leaf] for leaf in leaves]))
    ways.clear()
    root, x = chain()
    value, found = recorded_graph(root, x)(np.array([[x.data]]))
    assert ways == ["tape"]
    assert (value[0], found[0, 0]) == (root.data, gradients(root)[x])


def test_many_sets_make_a_chain_worth_its_levels(ways):
    root, x = chain()
    recorded = recorded_graph(root, x)
    one, (by_one,) = recorded(np.array([[0.5]]))
    many, found = recorded(np.full((2000, 1), 0.5))
    assert ways == ["tape", "levels"]
    assert many == pytest.approx(np.full(2000, one[0]))
    assert found[:, 0] == pytest.approx(np.full(2000, by_one[0]))


def test_batches_of_other_sizes_in_turns_each_give_what_their_sets_give_alone(ways):
    w, leaves = Value(0.5), [Value(0.01 * i) for i in range(400)]
    root = sum((2.0 * leaf * w + leaf * leaf).tanh() for leaf in leaves)
    run = recorded_graph(root, w, *leaves)
    sets = np.random.default_rng(0).normal(size=(9, 401))
    alone = [run(one[np.newaxis]) for one in sets]
    assert alone[0][0][0] == pytest.approx(float(np.tanh(2.0 * sets[0, 1:] * sets[0, 0] + sets[0, 1:] ** 2).sum()))
    for size in (5, 1, 9, 3):
        values, found = run(sets[:size])
        assert values.tolist() == pytest.approx([value[0] for value, _ in alone[:size]])
        assert found == pytest.approx(np.concatenate([rows for _, rows in alone[:size]]))
    assert set(ways) == {"levels"}


def test_of_too_many_levels_none_is_made(ways, monkeypatch):
    monkeypatch.setattr(recording, "MOST_STEPS", 10)
    root, x = chain()
    recorded_graph(root, x)(np.full((200, 1), 0.5))
    assert set(ways) == {"tape"}


def test_what_is_not_finite_is_run_again_node_by_node_for_the_error_and_its_set(ways):
    x = Value(1.0, "x")
    recorded = recorded_graph((x * 2.0).log() + 1.0, x)
    sets = np.linspace(1.0, 3.0, 2000)[:, None].copy()
    sets[7] = -1.0
    with pytest.raises(DomainError, match=r"'log' has no finite value, with x\*2\.0 = -2\.0") as error:
        recorded(sets)
    assert ways == ["levels", "tape"]
    assert error.value.__notes__ == ["This is set 7 of the batch, counted from 0."]


def test_a_slope_that_nobody_asks_for_is_no_error_by_levels_either(ways):
    x = Value(1.0)
    recorded = recorded_graph(x**2.0 + 1.0, x)
    value, found = recorded(np.full((2000, 1), -3.0))
    assert (set(value), set(found[:, 0])) == ({10.0}, {-6.0})


def test_a_graph_with_arrays_is_run_set_by_set_in_their_shapes(ways):
    x, s = array([1.0, 2.0]), Value(3.0)
    recorded = recorded_graph((x * s).sum(), x, s)
    value, (by_x, by_s) = recorded([np.array([[1.0, 1.0], [2.0, 0.0]]), np.array([2.0, 5.0])])
    assert ways == ["tape", "tape"]
    assert (value.tolist(), by_x.tolist(), by_s.tolist()) == ([4.0, 10.0], [[2.0, 2.0], [5.0, 5.0]], [2.0, 2.0])


def test_an_operation_of_many_operands_is_no_array(ways):
    total = op("total", lambda *xs: sum(xs), lambda *xs: [1.0] * (len(xs) - 1))
    leaves = [Value(float(i)) for i in range(5)]
    value, found = recorded_graph(total(*leaves), *leaves)(np.ones((1, 5)))
    assert (value[0], found.tolist()) == (5.0, [[1.0] * 5])
