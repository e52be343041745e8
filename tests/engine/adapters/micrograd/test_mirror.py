"""Their graph in nodes of ours."""

import numpy as np
import pytest

from handgrad import HandgradError, gradients

from .cases import load
from .stages import Stages


@np.errstate(all="ignore")
@pytest.mark.parametrize("engine", ["closures", "tensors", "factories", "histories"])
def test_it_has_their_data_and_where_they_are_right_their_gradients(engine):
    root = load(engine).program()
    root.backward()
    stages = Stages(root)
    mirror = stages.mirror()
    truth = gradients(mirror.root)
    for node in stages.graph.order:
        ours = mirror[node]
        assert mirror.theirs(ours) is node
        np.testing.assert_allclose(ours.data, stages.engine.data(node), rtol=1e-6)
        np.testing.assert_allclose(truth[ours], stages.engine.grad(node), rtol=1e-4, atol=1e-7)


def test_what_is_none_of_theirs_stands_for_nothing():
    root = load("closures").program()
    mirror = Stages(root).mirror({id(root): "loss"})
    assert mirror[root].label == "loss"
    assert mirror.get(root) is mirror[root]
    assert mirror.get(object()) is None
    assert mirror.theirs(object()) is None


def test_a_root_of_several_entries_is_weighted_by_the_gradient_that_it_began_with():
    engine = load("functions")
    x = engine.Tensor([[1.0, -2.0]])
    root = x * x
    root.grad = np.array([[10.0, 1.0]])
    mirror = Stages(root).mirror()
    assert mirror.root.shape == ()
    assert gradients(mirror.root)[mirror[x]].tolist() == [[20.0, -4.0]]


def test_a_node_that_is_not_finite_is_named():
    engine = load("closures")
    a = engine.Value(float("nan"))
    with pytest.raises(HandgradError, match="the data of a: nan is not finite"):
        Stages(a * 2.0).mirror({id(a): "a"})
