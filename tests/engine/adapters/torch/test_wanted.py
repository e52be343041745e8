"""An input of a call that is asked about, and who is right about it."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function

from handgrad.adapters.torch.replay import Replay
from handgrad.adapters.torch.truth import Who
from handgrad.adapters.torch.wanted import Wanted, quietly_traced, skipped

from . import entrywise as e
from .calls import recorded


def wanted(function: type[Function], *arguments: Any) -> Wanted:
    call = recorded(function, *arguments)
    replay = Replay(call)
    return Wanted(call, replay, replay.answer(), quietly_traced(replay), 0)


def test_a_right_backward_is_right_by_itself() -> None:
    assert wanted(e.Exp, torch.ones(3, requires_grad=True)).judged is Who.THEIRS


def test_beside_a_wrong_one_autograd_is_right() -> None:
    assert wanted(e.ExpTwice, torch.ones(3, requires_grad=True)).judged is Who.AUTOGRAD


def test_what_was_not_asked_has_a_reason_and_no_slip() -> None:
    one = wanted(e.Exp, torch.ones(3, requires_grad=True))
    verdict = skipped(one.call, "why")
    assert (verdict.is_skipped, verdict.slip, verdict.why) == (True, None, "why")
