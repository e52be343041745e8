"""Their graph as it stands: each node once, operands first."""

import pytest

from handgrad.adapters.errors import OwnGraphError, UnreadableGraphError
from handgrad.adapters.micrograd.graph import Graph, names_in
from handgrad.value import Value

from .cases import ADD, MUL, load


def test_operands_come_before_what_is_computed_from_them_and_the_root_last():
    root = load("closures").program()
    graph = Graph(root)
    places = {id(node): place for place, node in enumerate(graph.order)}
    assert graph.order[-1] is graph.root is root
    assert len(places) == len(graph.order)
    assert all(places[id(one)] < places[id(node)] for node in graph.order for one in graph[node].operands)


def test_a_set_has_forgotten_the_order_of_the_operands_and_the_rule_has_not():
    engine = load("closures")
    a, b = engine.Value(2.0), engine.Value(3.0)
    for left, right in ((a, b), (b, a)):
        node = left - right
        assert Graph(node)[node].operands == (left, right)
    square = a * a
    assert Graph(square)[square].operands == (a, a)
    assert Graph(square)[square].has_twins


def test_what_a_rule_writes_to_and_the_node_does_not_record_is_an_operand_too(tmp_path):
    engine = load("closures", tmp_path, (ADD, "(self, other), ", "(self,), "))
    a, b = engine.Value(2.0), engine.Value(3.0)
    node = a + b
    place = Graph(node)[node]
    assert (place.operands, place.unrecorded) == ((a, b), (1,))
    assert b in Graph(node)


def test_a_rule_that_was_set_on_another_node_is_misplaced(tmp_path):
    engine = load("closures", tmp_path, (MUL, "out._backward = _backward", "self._backward = _backward"))
    a = engine.Value(2.0)
    root = a * engine.Value(3.0)
    assert Graph(root)[a].is_misplaced


def test_two_operands_that_are_one_are_given_one_amount():
    engine = load("closures")
    a = engine.Value(2.0)
    node = a * a
    assert Graph(node)[node].merged([5.0, 7.0]) == [5.0, 5.0]


@pytest.mark.rest
def test_a_graph_of_thousands_of_nodes_in_a_row_is_read():
    engine = load("closures")
    node = engine.Value(0.5)
    for _ in range(3000):
        node = -node
    assert len(Graph(node).order) == 3001


def test_a_leaf_and_a_node_of_ours_are_refused():
    with pytest.raises(UnreadableGraphError):
        Graph(load("closures").Value(1.0))
    with pytest.raises(OwnGraphError):
        Graph(Value(1.0) * 2.0)


def test_the_classes_and_modules_of_its_nodes_are_known():
    engine = load("methods")
    graph = Graph(engine.program())
    assert set(map(type, graph.order)) <= set(graph.kinds)
    assert object not in graph.kinds
    assert any(space is vars(engine) for space in graph.spaces)
    assert graph.has_rules
    assert not graph.is_freed


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
