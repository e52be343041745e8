"""A call of a Function, run again by itself."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd import Function

from handgrad.adapters.torch.replay import Replay
from handgrad.adapters.torch.tensors import numbers_of

from . import entrywise as e
from . import functions as f
from .calls import recorded, replayed
from .cases import randn


def test_the_backward_answers_in_double_precision_for_a_random_upstream_gradient() -> None:
    x = randn(3)
    replay = replayed(e.Exp, x)
    (upstream,) = replay.upstreams
    answer = replay.answer()
    assert replay.answer().gradients[0].tolist() == answer.gradients[0].tolist()
    assert (np.abs(upstream) >= 0.5).all()
    np.testing.assert_allclose(numbers_of(answer.gradients[0]), upstream * np.exp(numbers_of(x)), rtol=1e-12)
    assert (len(answer.gradients), answer.damaged) == (1, [])


def test_autograd_s_view_of_the_forward_is_the_truth_of_a_wrong_one() -> None:
    x = randn(3)
    traced = replayed(e.ExpTwice, x).trace(in_detail=True)
    (upstream,) = replayed(e.ExpTwice, x).upstreams
    np.testing.assert_allclose(traced.gradients[0], upstream * np.exp(numbers_of(x)), rtol=1e-12)
    assert not traced.calls_others


def test_what_comes_out_moves_with_the_inputs() -> None:
    replay = replayed(e.Exp, randn(3))
    moved = [replay.inputs[0] + 1.0]
    assert replay.row(moved) == pytest.approx(replay.row(replay.inputs) * math.e)


def test_other_upstream_gradients_leave_the_first_as_they_were() -> None:
    replay = replayed(e.Exp, randn(3))
    ones = replay.replace_upstream(torch.ones_like)
    assert ones.upstreams[0].tolist() == [1.0, 1.0, 1.0]
    assert replay.upstreams[0].tolist() != [1.0, 1.0, 1.0]
    assert ones.upstream_row.tolist() == [1.0, 1.0, 1.0]


def test_only_outputs_that_backward_has_come_to_have_an_upstream_gradient() -> None:
    call = recorded(f.SplitNorm, randn(3, 4), is_backward=False)
    call.reached = {1}
    assert [one is None for one in Replay(call).upstream][:2] == [True, False]


def test_a_function_that_goes_through_single_precision_is_coarse() -> None:
    assert not replayed(e.Exp, randn(3)).is_coarse
    assert Replay(recorded(e.Exp, randn(3)), is_wide=False).is_coarse


def test_a_number_taken_for_a_gradient_on_the_way_gives_what_follows_from_it() -> None:
    traced = replayed(e.Swish, randn(3)).trace(in_detail=True)
    tensor, data, true = traced.between[0]
    follows = list(traced.recompute([2.0 * true]))
    assert any(not np.allclose(one[0], traced.gradients[0]) for one in follows)
    assert tensor.shape == data.shape == true.shape


SCALE = torch.ones(3)


class ByTensor(Function):
    """It reads a tensor that it was not given."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return SCALE * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return SCALE * g


class OfModule(Function):
    """What it is given may hold tensors."""

    @staticmethod
    def forward(ctx: Any, x: Any, module: Any) -> Any:
        return 2.0 * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 2.0 * g, None


class Made(Function):
    """It makes tensors of plain numbers."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x + torch.full((3,), 0.1)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * torch.ones(3)


@pytest.mark.parametrize("function", [e.Exp, Made])
def test_without_copies_a_call_gives_the_same_in_double_precision(function: Any) -> None:
    replay = replayed(function, randn(3))
    other = replay.without_copies()
    assert other is not replay
    for one, same in zip(replay.answer().gradients, other.answer().gradients):
        assert one.dtype == same.dtype == torch.float64
        assert torch.equal(one, same)
    assert torch.get_default_dtype() == torch.float32


def test_where_other_tensors_are_in_reach_they_are_copied() -> None:
    for replay in (replayed(ByTensor, randn(3)), replayed(OfModule, randn(3), SimpleNamespace(weight=SCALE))):
        assert replay.without_copies() is replay


class Walk(Function):
    """A recurrence whose steps are all made on one line."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        for _ in range(3):
            x = torch.tanh(x * w)
        return x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g, g


def test_numbers_of_a_loop_are_taken_for_the_gradients_of_what_one_line_has_made_the_last_first() -> None:
    traced = replayed(Walk, randn(4), randn(4, seed=1)).trace(in_detail=True)
    products = [gradient for _, _, gradient in traced.between[::2]]
    values = [2.0 * one for one in products[::-1]]
    w = [found[1] for found in traced.recompute(values)]
    # Of three products all are twice as large: so is what they give to the factor that they share.
    assert any(np.allclose(one, 2.0 * traced.gradients[1]) for one in w)
