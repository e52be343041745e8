"""A rule called at a node: whatever it takes and gives, an amount an operand comes out."""

import numpy as np
import pytest

from handgrad.adapters.micrograds.calling import each_once, fitted, given_to_each
from handgrad.adapters.micrograds.pullbacks import Kind

from .cases import load
from .stages import Stages


def test_each_way_of_writing_a_rule_gives_the_same(tmp_path):
    for name in ("closures", "local_gradients"):
        engine = load(name)
        a, b = engine.Value(2.0), engine.Value(-3.0)
        node = a * b
        stages = Stages(node)
        out, fresh = stages.leaves.alone(stages.graph[node])
        writes, given = given_to_each(stages.engine, stages.graph[node], out, fresh, 10.0)
        assert given == [-30.0, 20.0]
        assert writes is (stages.graph[node].pullback.kind is Kind.FUNCTION)
        assert (a.grad, b.grad) == (0, 0)


def test_a_class_s_backward_is_given_its_context_and_an_array():
    engine = load("functions")
    a, b = engine.Tensor([[1.0, 2.0]]), engine.Tensor([[3.0, -4.0]])
    node = a * b
    stages = Stages(node)
    out, fresh = stages.leaves.alone(stages.graph[node])
    writes, given = given_to_each(stages.engine, stages.graph[node], out, fresh, np.array([[10.0, 1.0]]))
    assert not writes
    assert [one.tolist() for one in given] == [[[30.0, -4.0]], [[10.0, 2.0]]]


def test_of_an_operand_in_two_places_the_first_has_what_is_written():
    a = load("closures").Value(3.0)
    node = a * a
    stages = Stages(node)
    out, fresh = stages.leaves.alone(stages.graph[node])
    assert given_to_each(stages.engine, stages.graph[node], out, fresh, 1.0) == (True, [6.0, None])
    assert each_once([1, "a", 1]) == [1, "a", None]


@pytest.mark.parametrize(
    ("amount", "to", "expected"),
    [
        (np.array([[2.0]]), 1.0, 2.0),
        (2.0, np.zeros((1, 1)), [[2.0]]),
        (np.ones(3), 1.0, [1.0, 1.0, 1.0]),
        (None, 1.0, None),
    ],
)
def test_one_number_fits_an_array_of_one_number(amount, to, expected):
    found = fitted(amount, to)
    assert np.array_equal(found, expected) if expected is not None else found is None
