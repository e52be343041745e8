"""The calls of Functions, noted as they happen."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch.autograd import Function

from handgrad.adapters.tensors.recording import Recorder, step_of, unseen

from . import entrywise as e
from . import functions as f
from .calls import recorded
from .cases import randn


def test_a_call_has_its_inputs_as_they_were_and_what_came_of_it() -> None:
    x, w = randn(2, 3), randn(4, 3, seed=1)
    before = x.detach().clone()
    call = recorded(f.Linear, x, w, torch.ones(4))
    with torch.no_grad():
        x.zero_()
    assert call.function is f.Linear
    assert torch.equal(call.inputs[0], before)
    assert (call.asked, call.differentiable, call.reached) == ([0, 1], [0], {0})
    assert not call.changes


def test_where_backward_has_not_come_nothing_is_reached() -> None:
    assert recorded(e.Exp, randn(3), is_backward=False).reached is None


def test_a_call_in_another_thread_or_within_unseen_is_not_noted() -> None:
    recorder = Recorder()
    with recorder.recording():
        thread = threading.Thread(target=lambda: e.Exp.apply(randn(3)))
        thread.start()
        thread.join()
        with unseen():
            e.Exp.apply(randn(3))
    assert recorder.calls == []


def test_apply_is_torch_s_own_again_after_the_last_block() -> None:
    before = vars(torch.autograd.function._SingleLevelFunction).get("apply")
    outer, inner = Recorder(), Recorder()
    with outer.recording():
        with inner.recording():
            e.Exp.apply(randn(3))
        e.Exp.apply(randn(3))
    assert (len(outer.calls), len(inner.calls)) == (2, 1)
    assert vars(torch.autograd.function._SingleLevelFunction).get("apply") is before


def test_an_error_in_a_forward_is_theirs() -> None:
    class Broken(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            raise KeyError("mine")

    recorder = Recorder()
    with pytest.raises(KeyError, match="mine"), recorder.recording():
        Broken.apply(randn(3))
    assert recorder.calls == []


def test_the_step_of_a_call_is_found_behind_a_view() -> None:
    out = e.Exp.apply(randn(3))
    assert step_of(e.Exp, [3, out]) is out.grad_fn
    assert step_of(e.Tanh, [out]) is None
