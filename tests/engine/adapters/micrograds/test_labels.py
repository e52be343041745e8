"""What their nodes are called."""

from handgrad.adapters.micrograds.graph import Graph
from handgrad.adapters.micrograds.labels import names_in

from .cases import load


def test_their_label_counts_before_a_variable_and_an_inner_variable_before_an_outer():
    engine = load("closures")
    a, b = engine.Value(1.25, label="weight"), engine.Value(-3.125)
    root = a * b
    names = names_in(Graph(root), {"a": a, "b": b, "_hidden": root}, {"other": b, "total": root})
    assert [names[id(node)] for node in (a, b, root)] == ["weight", "b", "total"]


def test_nodes_in_a_list_are_called_by_their_places():
    engine = load("closures")
    ws = [[engine.Value(1.25)], [engine.Value(2.125)]]
    root = ws[0][0] * ws[1][0]
    names = names_in(Graph(root), {"ws": ws})
    assert names[id(ws[1][0])] == "ws[1][0]"


def test_a_number_that_was_typed_is_called_by_itself_and_a_long_one_has_no_name():
    engine = load("closures")
    root = engine.Value(0.5) * 2.0 + 0.123456
    graph = Graph(root)
    leaves = [node for node in graph.order if not graph[node].operands]
    assert sorted(names_in(graph).get(id(node), "-") for node in leaves) == ["-", "0.5", "2"]
