"""What is wrong with a rule, in words and with its line."""

from handgrad.adapters.micrograds.faults import Fault, Finder, name_of
from handgrad.adapters.source import Source

from .cases import MUL, load
from .stages import Stages


def faults(node):
    stages = Stages(node)
    operation = stages.operation(node, name_of(stages.engine, stages.makers, stages.graph[node]))
    return list(Finder(stages.graph, stages.makers, stages.asker).faults(operation))


def test_a_right_rule_has_none():
    engine = load("closures")
    assert faults(engine.Value(2.0) * engine.Value(3.0)) == []


def test_a_wrong_number_that_is_assigned_is_one_fault_that_says_both(tmp_path):
    engine = load("closures", tmp_path, (MUL, "self.grad += other.data", "self.grad = -other.data"))
    (fault,) = faults(engine.Value(2.0) * engine.Value(3.0))
    assert (fault.which, fault.kind, fault.name) == (0, "sign", "__mul__")
    assert "overwrites" in fault.also
    assert "It is assigned (=), too" in fault.clause


def test_both_parts_in_one_operand_are_one_fault(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.grad +=", "self.grad +="))
    (fault,) = faults(engine.Value(2.0) * engine.Value(3.0))
    assert fault.kind == "missing-path"
    assert "what belongs to x1 is added to x0" in fault.clause


def test_a_sentence_begins_with_the_operation_and_its_line():
    fault = Fault([], 0, "rule", "is it so?", Source("a/mine.py", 7, "x"), "exp")
    assert fault.slip("a").message == "exp (mine.py:7), what it passes to a: is it so?"
    assert fault._replace(kind="in-place", source=None).slip("a").message == "exp: is it so?"


def test_an_operation_has_the_name_that_they_call_it_by():
    for engine, node, name in (
        ("closures", lambda e: e.Value(1.0).exp(), "exp"),
        ("functions", lambda e: e.Tensor([[1.0]]) * e.Tensor([[1.0]]), "Mul"),
        ("local_gradients", lambda e: e.Value(1.0).log(), "log"),
    ):
        made = node(load(engine))
        stages = Stages(made)
        assert name_of(stages.engine, stages.makers, stages.graph[made]) == name
