"""Which of our operations a step of autograd's is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from handgrad.adapters.torch.mirror import Mirror
from handgrad.adapters.torch.tensors import numbers_of, place_of, word_of

from .cases import randn

X = randn(3, 4)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.exp(),
        lambda x: x.clamp(min=0),
        lambda x: x**3,
        lambda x: 2.0**x,
        lambda x: x.abs().rsqrt(),
        lambda x: x.reciprocal(),
        lambda x: x.sum(),
        lambda x: x.sum(-1, keepdim=True),
        lambda x: x.mean((0, 1)),
        lambda x: x.var(1),
        lambda x: x.std(1, correction=0),
        lambda x: x.amax(0),
        lambda x: x.logsumexp(1),
        lambda x: x.softmax(-1),
        lambda x: x.log_softmax(0),
        lambda x: x.cumsum(1),
        lambda x: x.T,
        lambda x: x.transpose(-1, 0),
        lambda x: x.permute(1, 0),
        lambda x: x.reshape(2, 6),
        lambda x: x.unsqueeze(-1),
        lambda x: x.expand(2, 3, 4),
        lambda x: x[torch.tensor([0, 2, 2])],
        lambda x: torch.nn.functional.leaky_relu(x, 0.2),
        lambda x: torch.nn.functional.softplus(x),
    ],
)
def test_it_computes_what_torch_does(make: Callable[[Any], Any]) -> None:
    out = make(X)
    np.testing.assert_allclose(of_ours(out).data, numbers_of(out), rtol=1e-5, atol=1e-6)


def of_ours(out: Any) -> Any:
    """The node of a step of which only the operands are known: what is none of ours holds zeros."""
    return Mirror(place_of(out), {}, {}).nodes[place_of(out)]


def test_of_several_operands_too() -> None:
    y = randn(4, 3, seed=1)
    for out in (X @ y, torch.cat([X, X], 1), torch.stack([X, X], -1), torch.where(X > 0, X, X * 2)):
        np.testing.assert_allclose(of_ours(out).data, numbers_of(out), rtol=1e-5)


def test_a_constant_that_is_added_follows_from_the_result() -> None:
    for out in (X + 2.0, X - 2.0, 2.0 - X):
        place = place_of(out)
        node = Mirror(place, {}, {place: numbers_of(out)}).nodes[place]
        assert {"2"} == {one.label for one in node.operands if not one.shape}


@pytest.mark.parametrize("out", [torch.add(X, X, alpha=2), X.div(2.0, rounding_mode=None).cosh(), X.sort(0)[0]])
def test_what_is_none_of_ours_is_a_linear_map(out: Any) -> None:
    assert not of_ours(out).data.any()


def test_a_step_is_called_by_its_word() -> None:
    assert word_of((X * X).grad_fn) == "mul"
    assert word_of(X.log_softmax(0).grad_fn) == "log_softmax"
    assert word_of(X.clamp(0, 1).grad_fn) == "clip"
