"""A call with less in it."""

from __future__ import annotations

import torch

from handgrad.adapters.torch.smaller import SHORT, smaller

from . import functions as f
from .calls import recorded
from .cases import randn


def test_long_axes_become_short_and_different_lengths_stay_different() -> None:
    call = recorded(f.Linear, randn(20, 12), randn(30, 12, seed=1), randn(30, seed=2))
    less = smaller(call)
    shapes = [tuple(one.shape) for one in less.inputs]
    assert shapes == [(6, 4), (8, 4), (8,)]
    assert [tuple(one.shape) for one in call.inputs] == [(20, 12), (30, 12), (30,)]
    assert torch.equal(less.inputs[2], call.inputs[2][:8])


def test_where_all_is_short_there_is_none() -> None:
    assert smaller(recorded(f.Linear, randn(SHORT, 2), randn(3, 2, seed=1), randn(3, seed=2))) is None


def test_indices_stay_within_what_is_left_and_a_length_is_shortened_too() -> None:
    call = recorded(f.Gather, randn(50, 2), torch.tensor([0, 3, 49, 11, 20, 5, 6, 7, 8, 9]))
    less = smaller(call)
    assert less.inputs[1].max() < less.inputs[0].shape[0]
    call.inputs = [*call.inputs, 50, [50, 2], "mode"]
    shortened = less.inputs[0].shape[0]
    assert smaller(call).inputs[2:] == [shortened, [shortened, 2], "mode"]
