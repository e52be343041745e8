"""Calls of Functions, as `watch` records them, for the modules that look at one."""

from __future__ import annotations

from typing import Any

from torch.autograd import Function

from handgrad.adapters.torch.numbers import in_tuple
from handgrad.adapters.torch.recording import Call, Recorder
from handgrad.adapters.torch.replay import Replay


def recorded(function: type[Function], *arguments: Any, is_backward: bool = True) -> Call:
    """A call, and its backward."""
    recorder = Recorder()
    with recorder.recording():
        outputs = in_tuple(function.apply(*arguments))
        if is_backward:
            sum((out**2).sum() for out in outputs).backward()
    (call,) = recorder.calls
    return call


def replayed(function: type[Function], *arguments: Any) -> Replay:
    """A call, run again."""
    return Replay(recorded(function, *arguments))
