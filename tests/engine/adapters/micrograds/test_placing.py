"""On which line of theirs a fault is."""

from handgrad.adapters.micrograds.placing import Placer

from .cases import MUL, load
from .stages import Stages


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
