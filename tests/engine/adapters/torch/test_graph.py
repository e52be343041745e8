"""Autograd's graph: its steps, and where tensors are in it."""

from __future__ import annotations

from handgrad.adapters.torch.graph import is_leaf, like_at, place_of, results_of, steps_behind

from .cases import randn


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
    assert (like_at(leaf).shape, like_at(step).shape) == ((2, 3), (3,))
    assert len(results_of(x.unbind(0)[0].grad_fn)) == 2
