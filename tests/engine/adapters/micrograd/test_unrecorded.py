"""Operands that a node does not hold on to."""

from handgrad.adapters.micrograd.making import changing_line
from handgrad.adapters.micrograd.unrecorded import unrecorded_in

from .cases import ADD, load
from .stages import Stages


def found(root):
    stages = Stages(root)
    return list(unrecorded_in(stages.graph, stages.leaves, stages.makers, lambda node: "it"))


def test_where_all_are_recorded_nothing_is_found():
    root = load("closures").program()
    root.backward()
    assert found(root) == []


def test_an_operand_that_a_rule_writes_to_and_the_node_forgets_is_placed_where_the_node_is_made(tmp_path):
    engine = load("closures", tmp_path, (ADD, "(self, other), ", "(self,), "))
    fault = found((engine.Value(2.0) + engine.Value(3.0)) * 2.0)[0]
    assert (fault.kind, fault.which, fault.source.text) == (
        "not-recorded",
        1,
        'out = Value(self.data + other.data, (self,), "+")',
    )


def test_an_operator_that_gives_a_bare_leaf_is_found_where_a_graph_ends_in_one(tmp_path):
    engine = load("closures", tmp_path, ("def __radd__", "self + other", "Value(self.data + other)"))
    (fault,) = found(sum([engine.Value(2.0) * 3.0]) * 2.0)
    assert (fault.name, fault.source.text) == ("__radd__", "return Value(self.data + other)")


def test_an_operator_that_writes_into_a_node_has_a_line(tmp_path):
    new = "def __iadd__(self, other):\n        self.data += other.data\n        return self\n\n    def exp(self):"
    engine = load("closures", tmp_path, (ADD, "def exp(self):", new))
    stages = Stages(engine.Value(2.0) * 3.0)
    assert changing_line(stages.graph, stages.leaves).text == "self.data += other.data"
    stages = Stages(load("closures").program())
    assert changing_line(stages.graph, stages.leaves) is None
