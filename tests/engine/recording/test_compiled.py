"""Where numba is installed, a long and narrow graph is compiled: the same numbers and the same errors."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from handgrad import Value, gradients, op, replay
from handgrad.graph import topological_order
from handgrad.manual import ByHandError, by_hand
from handgrad.ops import BUILT_IN
from handgrad.recording import runner
from handgrad.recording.compiled import compile_graph
from tests.graphs import FUNCTIONS, random_program, run
from tests.optional import needs

needs("numba")
pytestmark = pytest.mark.rest


@pytest.fixture
def at_once(monkeypatch):
    """Compiled from the first run on."""
    monkeypatch.setattr(runner, "COMPILE_AFTER", 0)


def chain(inputs, steps=300):
    h = inputs[0]
    for i in range(steps):
        h = (h * inputs[1] + inputs[i % 3]).tanh() - (h / 3.0).relu() ** 2
    return h


def everything(a, b):
    """Each operation of the table, those of a kink at it where a = 1 or a = b."""
    shifted = {"abs", "relu", "leaky_relu", "sign"}
    return [
        operation(*([a - 1.0] if operation.name in shifted else [a, b][: len(operation.rule)]))
        for operation in BUILT_IN
    ]


def program(leaves):
    """Each operation of the table, and a random graph of 60 steps beside them."""
    wired = run(random_program(random.Random(1), 2, 60), list(leaves), FUNCTIONS)[-1]
    return sum(node * (i + 1.0) for i, node in enumerate(everything(*leaves))) + wired.tanh()


@pytest.fixture(scope="module")
def made():
    """The program compiled: once, as it takes seconds."""
    inputs = [Value(0.7), Value(1.4)]
    return compile_graph(topological_order(program(inputs)), inputs)


@pytest.mark.parametrize(
    "points",
    [
        list(itertools.product([0.3, 1.0, 1.7], repeat=2)),
        np.random.default_rng(1).uniform(0.2, 2.0, size=(20, 2)).tolist(),
    ],
    ids=["at kinks and ties", "anywhere"],
)
def test_every_operation_of_the_table_and_a_random_graph_give_what_autodiff_gives(made, points):
    for point, value, found in zip(points, *made.run(np.array(points))):
        leaves = [Value(x) for x in point]
        root = program(leaves)
        expected = gradients(root)
        assert [value, *found] == pytest.approx([root.data, *[expected[leaf] for leaf in leaves]], rel=1e-12)


def test_a_recording_that_has_run_for_long_gives_the_same_once_it_is_compiled(monkeypatch):
    inputs = [Value(0.3), Value(0.9), Value(0.1)]
    recorded = replay(chain(inputs), inputs)
    batch = np.random.default_rng(0).uniform(0.2, 0.8, size=(5, 3))
    before, many = recorded(batch[0]), recorded(batch)
    monkeypatch.setattr(runner, "COMPILE_AFTER", 0)
    after, compiled_many = recorded(batch[0]), recorded(batch)
    assert recorded._runner._compiled is not None
    assert after.value == pytest.approx(before.value, rel=1e-12)
    assert after.gradients == pytest.approx(before.gradients, rel=1e-11)
    assert compiled_many.gradients == pytest.approx(many.gradients, rel=1e-11)


def test_leaves_that_are_no_inputs_are_read_at_each_run(at_once):
    x, w = Value(2.0), Value(3.0)
    recorded = replay(x * w, inputs=[x])
    assert recorded(5.0) == (15.0, [3.0])
    w.data = -1.0
    assert recorded(5.0) == (-5.0, [-1.0])


def test_an_error_names_the_node_as_without_numba(at_once):
    x = Value(1.0, "x")
    recorded = replay((x + 2.0).log(), inputs=[x])
    with pytest.raises(ArithmeticError, match=r"'log' has no finite value, with x \+ 2.0 = -1.0"):
        recorded(-3.0)
    assert recorded(-1.0) == (0.0, [1.0])


def test_an_operation_of_ones_own_is_run_as_before(at_once):
    cube = op("cube", lambda x: x**3, lambda x: 3.0 * x * x)
    wide = op("wide", lambda *xs: sum(xs), lambda *xs: [1.0] * (len(xs) - 1))
    x = Value(2.0)
    assert replay(cube(x) * 2.0, inputs=[x])(3.0) == (54.0, [54.0])
    assert replay(wide(x, x, x, 1.0), inputs=[x])(3.0) == (10.0, [3.0])


def test_an_exercise_by_hand_refuses_what_is_compiled(at_once):
    x = Value(2.0)
    recorded = replay(x * x, inputs=[x])
    recorded(3.0)
    with by_hand(), pytest.raises(ByHandError):
        recorded(3.0)


def test_a_root_that_is_a_leaf_is_compiled_too(at_once):
    x = Value(2.0)
    assert replay(x, inputs=[x])(7.0) == (7.0, [1.0])
