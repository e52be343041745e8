"""Tensors as arrays of double precision, and back; and where they are in autograd's graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from handgrad.adapters.torch.tensors import (
    Copies,
    are_same,
    each,
    each_tensor,
    ensure_tuple,
    is_leaf,
    number_shape,
    numbers_of,
    place_of,
    results_of,
    steps_behind,
    tensor_of,
)

from .cases import randn


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([[1.0, -2.0]], dtype=torch.float32),
        torch.tensor(3, dtype=torch.int64),
        torch.tensor([1.5, 2.0], dtype=torch.bfloat16),
        torch.tensor([1 + 2j, -3j]),
        torch.tensor([1 + 2j]).conj(),
        torch.eye(2).to_sparse(),
    ],
)
def test_numbers_go_there_and_back(tensor: torch.Tensor) -> None:
    held = numbers_of(tensor)
    assert held.dtype == np.float64
    assert held.shape == number_shape(tensor)
    dense = tensor.to_dense() if tensor.layout is not torch.strided else tensor
    back = tensor_of(held, tensor)
    assert back.dtype == tensor.dtype
    assert torch.equal(back, dense.resolve_conj())


def test_numbers_are_a_copy() -> None:
    tensor = torch.ones(2, dtype=torch.float64)
    numbers_of(tensor)[0] = 7.0
    assert tensor[0] == 1.0


def test_nan_is_the_same_as_nan() -> None:
    one = torch.tensor([1.0, float("nan")])
    assert are_same(one, one.clone())
    assert not are_same(one, torch.tensor([1.0, 2.0]))


def test_what_stays_the_same_is_kept_once_and_a_change_is_kept_anew() -> None:
    copies, weight = Copies(), torch.ones(3)
    first = copies.snapshot(weight)
    assert copies.snapshot(weight) is first
    weight[0] = 2.0
    second = copies.snapshot(weight)
    assert second is not first
    assert (first.tolist(), second.tolist()) == ([1.0] * 3, [2.0, 1.0, 1.0])


def test_a_function_of_each_thing_keeps_the_collections() -> None:
    assert each(lambda one: one + 1, [1, (2, {"a": 3})]) == [2, (3, {"a": 4})]
    found = each_tensor(torch.neg, ["text", [torch.ones(1)], {"a": None}])
    assert (found[0], found[1][0].item(), found[2]) == ("text", -1.0, {"a": None})


def test_one_result_and_several_are_a_tuple() -> None:
    assert ensure_tuple(3) == (3,)
    assert ensure_tuple((3, 4)) == (3, 4)


def test_steps_come_once_each_and_no_further_than_is_asked() -> None:
    x = randn(3)
    y = x * x
    root = y + y
    names = [fn.name() for fn in steps_behind([root.grad_fn])]
    assert (names[:2], len(names)) == (["AddBackward0", "MulBackward0"], 3)
    assert [fn.name() for fn in steps_behind([root.grad_fn, None], lambda *_: False)] == ["AddBackward0"]


def test_a_leaf_and_a_step_say_what_they_are_made_of() -> None:
    x = randn(2, 3)
    leaf, step = place_of(x), place_of(x.sum(0))
    assert (is_leaf(leaf[0]), is_leaf(step[0])) == (True, False)
    assert (tuple(results_of(leaf[0])[0].shape), tuple(results_of(step[0])[0].shape)) == ((2, 3), (3,))
    assert len(results_of(x.unbind(0)[0].grad_fn)) == 2
