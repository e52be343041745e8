"""PyTorch as the oracle: the same network in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import compare, gradients
from handgrad.arrays import fill
from handgrad.demos.makemore import model

from .array_exercise import Exercise

torch = pytest.importorskip("torch")


def torch_gradients(exercise: Exercise) -> dict[str, np.ndarray]:
    """The lecture's own forward pass, every intermediate retained."""
    p = {name: torch.tensor(numbers, requires_grad=True) for name, numbers in exercise.p.items()}
    n, Yb = len(exercise.Yb), torch.tensor(exercise.Yb)
    t = dict(p)
    t["emb"] = p["C"][torch.tensor(exercise.Xb)]
    t["embcat"] = t["emb"].view(n, -1)
    t["hprebn"] = t["embcat"] @ p["W1"] + p["b1"]
    t["bnmeani"] = 1 / n * t["hprebn"].sum(0, keepdim=True)
    t["bndiff"] = t["hprebn"] - t["bnmeani"]
    t["bndiff2"] = t["bndiff"] ** 2
    t["bnvar"] = 1 / (n - 1) * t["bndiff2"].sum(0, keepdim=True)
    t["bnvar_inv"] = (t["bnvar"] + 1e-5) ** -0.5
    t["bnraw"] = t["bndiff"] * t["bnvar_inv"]
    t["hpreact"] = p["bngain"] * t["bnraw"] + p["bnbias"]
    t["h"] = torch.tanh(t["hpreact"])
    t["logits"] = t["h"] @ p["W2"] + p["b2"]
    t["logit_maxes"] = t["logits"].max(1, keepdim=True).values
    t["norm_logits"] = t["logits"] - t["logit_maxes"]
    t["counts"] = t["norm_logits"].exp()
    t["counts_sum"] = t["counts"].sum(1, keepdim=True)
    t["counts_sum_inv"] = t["counts_sum"] ** -1
    t["probs"] = t["counts"] * t["counts_sum_inv"]
    t["logprobs"] = t["probs"].log()
    for tensor in t.values():
        tensor.retain_grad()
    (-t["logprobs"][range(n), Yb].mean()).backward()
    return {name: tensor.grad.numpy() for name, tensor in t.items()}


@pytest.fixture(scope="module")
def judged():
    exercise = Exercise()
    return exercise, torch_gradients(exercise), gradients(exercise.values.loss)


@pytest.mark.parametrize("name", model.INTERMEDIATES)
def test_every_gradient_agrees_with_pytorch_to_nine_digits(judged, name):
    exercise, theirs, by_node = judged
    nodes = getattr(exercise.values, name)
    ours = np.array([by_node.get(node, 0.0) for node in nodes.ravel()]).reshape(nodes.shape)
    assert ours.shape == theirs[name].shape
    # What is zero up to noise (logit_maxes, b1) has no digits to agree in.
    np.testing.assert_allclose(ours, theirs[name], rtol=1e-9, atol=1e-15)


def test_pytorchs_gradients_are_judged_right(judged):
    exercise, theirs, _ = judged
    for name in model.INTERMEDIATES:
        fill(getattr(exercise.values, name), theirs[name])
    assert compare(exercise.values.loss).ok
