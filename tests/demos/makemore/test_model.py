"""The network of the exercise, against another engine's layers."""

import numpy as np
import pytest

from handgrad import gradients
from handgrad.demos.makemore import data, model


def test_the_loss_and_the_gradients_of_the_parameters_are_torchs(torch):
    Xb, Yb = data.batch(3)
    p = {name: torch.tensor(numbers, requires_grad=True) for name, numbers in model.parameters(27).items()}
    hprebn = torch.nn.functional.embedding(torch.tensor(Xb), p["C"]).flatten(1) @ p["W1"] + p["b1"]
    normal = (hprebn - hprebn.mean(0)) / torch.sqrt(hprebn.var(0, unbiased=True) + model.EPSILON)
    logits = torch.tanh(p["bngain"] * normal + p["bnbias"]) @ p["W2"] + p["b2"]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(Yb))
    loss.backward()
    x = model.build_nodes(model.parameters(27), Xb, Yb)
    assert x.loss.data == pytest.approx(loss.item(), rel=1e-12)
    found = gradients(x.loss)
    for name in model.PARAMETERS:
        np.testing.assert_allclose(found[getattr(x, name)], p[name].grad.numpy(), rtol=1e-8, atol=1e-13)


def test_no_parameter_is_0_behind_which_a_mistake_could_hide():
    assert all((np.abs(numbers) > 1e-6).all() for numbers in model.parameters(27).values())


def test_the_arrays_come_in_backward_order():
    x = model.build_nodes(model.parameters(27), *data.batch())
    nodes = [getattr(x, name) for name in model.INTERMEDIATES]
    for place, node in enumerate(nodes):
        assert all(operand not in nodes[:place] for operand in node.operands), node.label
