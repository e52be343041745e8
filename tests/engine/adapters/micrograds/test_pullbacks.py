"""The rule of a node, however it is written."""

import pytest

from handgrad.adapters.micrograds.graph import Graph
from handgrad.adapters.micrograds.pullbacks import Kind, arguments_of, pullback_of, walk, walker_of

from .cases import load


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
