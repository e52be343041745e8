"""A graph of autograd's as one of ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from handgrad import gradients
from handgrad.adapters.errors import GraphGoneError
from handgrad.adapters.torch.mirror import Mirror, linear_edge, passed_back
from handgrad.adapters.torch.tensors import numbers_of, place_of

from . import entrywise as e
from .cases import randn


def losses() -> list[Any]:
    x, w, b = randn(5, 3), randn(3, 4, seed=1), randn(4, seed=2)
    h = torch.addmm(b, x, w).tanh()
    targets = torch.tensor([0, 1, 2, 3, 0])
    conv = nn.functional.conv2d(randn(1, 2, 4, 4, seed=3), randn(3, 2, 3, 3, seed=4))
    return [
        (h.mean() + (h * h).sum(), [x, w, b]),
        (nn.functional.cross_entropy(h, targets), [x, w, b]),
        (nn.functional.layer_norm(h, (4,)).pow(2).sum() * 0.5, [x, w]),
        (conv.relu().sum(), []),
        ((2.0 - h[:, 1:].max(1).values).sum(), [x]),
    ]


@pytest.mark.parametrize("number", range(len(losses())))
def test_the_truth_in_it_is_autograd_s(number: int) -> None:
    loss, leaves = losses()[number]
    root = place_of(loss)
    nodes = Mirror(root, {root: "loss"}, {root: numbers_of(loss)}).nodes
    assert nodes[root].label == "loss"
    truth = gradients(nodes[root])
    for leaf, expected in zip(leaves, torch.autograd.grad(loss, leaves, retain_graph=True) if leaves else ()):
        np.testing.assert_allclose(truth[nodes[place_of(leaf)]], numbers_of(expected), rtol=1e-3, atol=1e-6)
    loss.backward()


def test_a_step_that_is_one_of_ours_has_our_name_and_another_autograd_s() -> None:
    x = randn(3)
    names = {}
    for out in (x * x, torch.special.erfc(x)):
        place = place_of(out)
        names[out.grad_fn.name()] = Mirror(place, {}, {place: numbers_of(out)}).nodes[place].op.name
    assert names["MulBackward0"] == "*"
    assert "erfc" in next(name for key, name in names.items() if key != "MulBackward0")


def test_a_leaf_s_place_is_where_its_gradient_is_added_up() -> None:
    x = randn(3)
    assert place_of(x) == place_of(x)
    assert place_of(x)[0].variable is x


def test_each_operand_gets_its_own_summed_where_it_was_broadcast() -> None:
    x, b = randn(2, 3), randn(3, seed=1)
    g = np.arange(6.0).reshape(2, 3)
    of_x, of_b = passed_back(place_of(x + b), g)
    assert (of_x.tolist(), of_b.tolist()) == (g.tolist(), g.sum(0).tolist())
    assert x.grad is None


def test_a_function_of_somebody_s_is_asked_too_and_no_hook_runs() -> None:
    x = randn(3)
    y = e.Exp.apply(x)
    y.register_hook(lambda gradient: gradient * 100)
    assert passed_back(place_of(y), np.ones(3))[0] == pytest.approx(x.exp().tolist())


def test_an_operand_without_gradient_does_not_count() -> None:
    assert len(passed_back(place_of(torch.ones(2) * randn(2)), np.ones(2))) == 1


def test_a_graph_that_was_freed_is_told_with_what_to_do() -> None:
    out = randn(3).exp()
    out.sum().backward()
    with pytest.raises(GraphGoneError, match="retain_graph=True"):
        passed_back(place_of(out), np.ones(3))


def test_the_sizes_of_what_a_linear_map_adds_up_do_not_cancel() -> None:
    edge = linear_edge(lambda g: np.array([g.sum()]), (1000,))
    g = np.tile([1.0, -1.0], 500)
    assert edge.spread(g, 1.0)[0] == 0.0
    assert edge.sizes(g, 1.0)[0] == 1000.0
