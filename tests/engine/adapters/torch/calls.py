"""Calls of Functions, as `watch` records them, for the modules that look at one."""

from __future__ import annotations

from typing import Any

from torch.autograd import Function

from handgrad.adapters.torch.recording import Call, recording
from handgrad.adapters.torch.replay import Replay
from handgrad.adapters.torch.tensors import ensure_tuple


def recorded(function: type[Function], *arguments: Any, is_backward: bool = True) -> Call:
    """A call, and its backward."""
    with recording() as calls:
        outputs = ensure_tuple(function.apply(*arguments))
        if is_backward:
            sum((out**2).sum() for out in outputs).backward()
    (call,) = calls
    return call


def replayed(function: type[Function], *arguments: Any) -> Replay:
    """A call, run again."""
    return Replay(recorded(function, *arguments))
