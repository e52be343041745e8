"""What a step of autograd's passes back, asked by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from handgrad.adapters.errors import GraphGoneError
from handgrad.adapters.torch.mirror import place_of
from handgrad.adapters.torch.step import Back, is_leaf, like_at, results_of, steps_behind

from . import entrywise as e
from .cases import randn


def test_each_operand_gets_its_own_summed_where_it_was_broadcast() -> None:
    x, b = randn(2, 3), randn(3, seed=1)
    back = Back(place_of(x + b))
    g = np.arange(6.0).reshape(2, 3)
    assert back.to(0)(g).tolist() == g.tolist()
    assert back.to(1)(g).tolist() == g.sum(0).tolist()
    assert x.grad is None


def test_a_function_of_somebody_s_is_asked_too_and_no_hook_runs() -> None:
    x = randn(3)
    y = e.Exp.apply(x)
    y.register_hook(lambda gradient: gradient * 100)
    assert Back(place_of(y)).all(np.ones(3))[0] == pytest.approx(x.exp().tolist())


def test_an_operand_without_gradient_does_not_count() -> None:
    out = torch.ones(2) * randn(2)
    assert len(Back(place_of(out)).all(np.ones(2))) == 1


def test_a_graph_that_was_freed_is_told_with_what_to_do() -> None:
    out = randn(3).exp()
    out.sum().backward()
    with pytest.raises(GraphGoneError, match="retain_graph=True"):
        Back(place_of(out)).all(np.ones(3))


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
