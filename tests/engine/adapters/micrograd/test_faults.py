"""What is wrong with a rule, in words and with its line."""

from handgrad.adapters.micrograd.faults import Finder, Placer, name_of
from handgrad.adapters.micrograd.subject import Fault
from handgrad.repair.source import Source

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


def placed(node, which, kind, look_at=None):
    stages = Stages(node)
    sitting = stages.sittings(node)[0]
    source = Placer(stages.engine, stages.makers).source(sitting, which, kind, look_at)
    return None if source is None else source.text


def test_of_a_closure_it_is_the_line_that_writes_the_operand_s_gradient():
    engine = load("closures")
    node = engine.Value(2.0) * engine.Value(3.0)
    assert placed(node, 0, "rule") == "self.grad += other.data * out.grad"
    assert placed(node, 1, "rule") == "other.grad += self.data * out.grad"


def test_of_local_gradients_it_is_where_the_node_is_made():
    engine = load("local_gradients")
    assert "math.exp(self.data)" in placed(engine.Value(2.0).exp(), 0, "rule")


def test_of_a_class_it_is_what_its_backward_hands_over():
    engine = load("functions")
    node = engine.Tensor([[1.0, 2.0]]).dot(engine.Tensor([[3.0], [4.0]]))
    assert placed(node, 0, "rule") == "grad_a = grad.dot(b.T)"
    assert placed(node, 1, "rule") == "grad_b = a.T.dot(grad)"


def test_what_is_changed_in_place_is_looked_at_by_itself(tmp_path):
    engine = load("closures", tmp_path, ("def exp", "self.grad +=", "self.data = 0.0\n            self.grad +="))
    assert placed(engine.Value(2.0).exp(), 0, "in-place", look_at=0) == "self.data = 0.0"


def test_what_goes_to_the_wrong_operand_is_on_the_line_that_writes_there(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.grad +=", "self.grad +="))
    assert placed(engine.Value(2.0) * engine.Value(3.0), 1, "missing-path") == "self.grad += self.data * out.grad"


def test_an_operation_that_works_in_its_operand_s_data_has_a_line(tmp_path):
    new = "self.data[self.data < 0] = 0\n        out = Tensor(self.data, (self,)"
    engine = load("tensors", tmp_path, ("def relu", "out = Tensor(np.maximum(0, self.data), (self,)", new))
    stages = Stages(engine.Tensor([[1.0, -2.0]]).relu())
    sitting = next(one for one in stages.sittings(stages.graph.root) if one.spoilt)
    assert Placer(stages.engine, stages.makers).of_spoiling(sitting, 0).text == "self.data[self.data < 0] = 0"
