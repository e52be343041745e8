"""The rule of a node, however it is written."""

import numpy as np
import pytest

from handgrad import probe
from handgrad.adapters.micrograd.graph import Graph
from handgrad.adapters.micrograd.pullbacks import (
    Kind,
    arguments_of,
    each_once,
    fitted,
    given_to_each,
    pullback_of,
    walk,
    walker_of,
)

from ..collected.engines import FUNCTIONS, HOOKED
from .cases import from_file, load
from .stages import Stages


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("closures", Kind.FUNCTION),
        ("tensors", Kind.FUNCTION),
        ("factories", Kind.FUNCTION),
        ("methods", Kind.METHOD),
        ("functions", Kind.CLASS),
        ("creators", Kind.CLASS),
        ("histories", Kind.CLASS),
        ("local_gradients", Kind.LOCALS),
        ("pairs", Kind.LOCALS),
        ("recursive", Kind.WALKER),
    ],
)
def test_each_way_of_writing_a_rule_is_known(engine, kind):
    graph = Graph(load(engine).program())
    kinds = {graph[node].pullback.kind for node in graph.order if graph[node].operands}
    assert kind in kinds
    assert Kind.NONE not in kinds


def test_nodes_of_one_operation_have_rules_with_one_key():
    engine = load("closures")
    a = engine.Value(2.0)
    graph = Graph((a * a).exp() * a.exp())
    by_key = {}
    for node in graph.order:
        by_key.setdefault(graph[node].pullback.key, []).append(node._op)
    assert sorted(sorted(set(ops)) for ops in by_key.values() if ops != [""]) == [["*"], ["exp"]]


def test_a_function_that_does_nothing_is_no_rule():
    engine = load("closures")
    leaf = engine.Value(1.0)
    assert pullback_of(Graph(leaf * leaf).engine, leaf, 0).kind is Kind.NONE


def test_what_runs_a_backward_pass_may_be_a_method_or_a_function_of_the_module(tmp_path):
    root = load("closures").program()
    assert walker_of(root) == root.backward
    assert arguments_of(root.backward) == 0
    given = []
    walk(lambda upstream: given.append(upstream), 1.0)
    walk(lambda: given.append("none"), 1.0)
    walk(lambda upstream=0.0: given.append(upstream), 1.0)
    walk(lambda upstream=0.0: given.append(upstream), 1.0, insists=True)
    assert given == [1.0, "none", 0.0, 1.0]


def test_each_way_of_writing_a_rule_gives_the_same(tmp_path):
    for name in ("closures", "local_gradients"):
        engine = load(name)
        a, b = engine.Value(2.0), engine.Value(-3.0)
        node = a * b
        stages = Stages(node)
        out, fresh = stages.leaves.alone(stages.graph[node])
        writes, given = given_to_each(stages.engine, stages.graph[node].pullback, out, fresh, 10.0)
        assert given == [-30.0, 20.0]
        assert writes is (stages.graph[node].pullback.kind is Kind.FUNCTION)
        assert (a.grad, b.grad) == (0, 0)


def test_a_class_s_backward_is_given_its_context_and_an_array():
    engine = load("functions")
    a, b = engine.Tensor([[1.0, 2.0]]), engine.Tensor([[3.0, -4.0]])
    node = a * b
    stages = Stages(node)
    out, fresh = stages.leaves.alone(stages.graph[node])
    writes, given = given_to_each(stages.engine, stages.graph[node].pullback, out, fresh, np.array([[10.0, 1.0]]))
    assert not writes
    assert [one.tolist() for one in given] == [[[30.0, -4.0]], [[10.0, 2.0]]]


def test_of_an_operand_in_two_places_the_first_has_what_is_written():
    a = load("closures").Value(3.0)
    node = a * a
    stages = Stages(node)
    out, fresh = stages.leaves.alone(stages.graph[node])
    assert given_to_each(stages.engine, stages.graph[node].pullback, out, fresh, 1.0) == (True, [6.0, None])
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


def test_a_method_that_the_walk_calls_on_each_node_is_its_rule(tmp_path):
    path = tmp_path / "engine.py"
    path.write_text(HOOKED.replace("return g * b.data, g * a.data", "return g, g * a.data"), "utf-8")
    root = from_file(path).program()
    assert Graph(root)[root.inputs[0]].pullback.function.__name__ == "pull"
    (cause,) = probe(root, quick=True).causes
    assert cause.source.text == "return g, g * a.data"


def test_a_context_may_lie_within_the_object_of_the_operation(tmp_path):
    path = tmp_path / "engine.py"
    path.write_text(FUNCTIONS.replace("ret = 0.5 * x.data ** -0.5", "ret = x.data ** -0.5"), "utf-8")
    root = from_file(path).program()
    (cause,) = probe(root, quick=True).causes
    assert cause.source.text == "ret = x.data ** -0.5"
