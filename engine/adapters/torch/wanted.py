"""One input of a call that is asked about: what backward gives for it, what autograd does, and who is right."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch

from ...repair.lines import written_at
from ...repair.source import Source
from ...slips.slip import Slip
from .numbers import Like, alike, fitted, numbers_of
from .recording import Call
from .replay import Replay, Returned, Traced
from .signature import backward_of, input_names
from .smaller import smaller
from .truth import Measured, Who


class Verdict(NamedTuple):
    """What was found out about a call.

    Attributes:
        call: it.
        actual: what its backward gives for one of its inputs, the wrong one where there is one.
        expected: the true gradient of that.
        numbers: what that input holds.
        slip: the mistake; None for none.
        source: where it is written.
        is_skipped: whether nothing was asked, or nothing can be said.
        why: why nothing can be said, as a sentence; "" for no reason to tell.
    """

    call: Call
    actual: Any
    expected: Any
    numbers: Any
    slip: Slip | None = None
    source: Source | None = None
    is_skipped: bool = False
    why: str = ""


def skipped(call: Call, why: str = "") -> Verdict:
    """That a call was not asked, and why."""
    numbers = numbers_of(call.inputs[call.asked[0]])
    return Verdict(call, None, np.zeros(numbers.shape), numbers, is_skipped=True, why=why)


class Wanted:
    """One input of a call that is asked about.

    Attributes:
        name: what the forward calls it.
        x: its numbers.
        theirs: what backward gives for it, zeros for None; None where the shape does not fit.
        autograd: what autograd makes of the forward, None for nothing.
    """

    def __init__(self, call: Call, replay: Replay, answer: Returned, traced: Traced | None, place: int) -> None:
        self.call, self.replay, self.answer, self.traced, self.place = call, replay, answer, traced, place
        self.name = input_names(call.function)[place]
        self.x = numbers_of(replay.inputs[place])
        self.like = Like(replay.inputs[place])
        self.measured = Measured(replay, place)
        given = traced.gradients.get(place) if traced is not None else None
        self.autograd = None if given is None else numbers_of(given)
        self.theirs = fitted(answer.gradients[place], self.like)
        self._who: Who | None = None

    @property
    def key(self) -> Hashable:
        return self.call.function, self.place, self.x.shape

    @property
    def given_shape(self) -> tuple[int, ...]:
        return tuple(self.answer.gradients[self.place].shape)

    @property
    def count(self) -> int:
        """How many numbers the call has to do with."""
        inputs = sum(one.numel() for one in self.replay.inputs if isinstance(one, torch.Tensor))
        return inputs + sum(upstream.size for upstream in self.replay.upstreams)

    @cached_property
    def less(self) -> Wanted | None:
        """The same input of the call with less in it, where it is wrong there too; None for none."""
        call = smaller(self.call)
        if call is None:
            return None
        try:
            replay = Replay(call, reference=self.replay.reference)
            less = Wanted(call, replay, replay.answer(), quietly_traced(replay), self.place)
            is_wrong = less.theirs is not None and less.who() in (Who.AUTOGRAD, Who.NEITHER)
            return less if is_wrong else None
        except Exception:  # cut like this, it may make no sense to their code
            return None

    @property
    def judged(self) -> Who:
        """Who is right about it, as far as it was measured; its own backward where that was not in doubt."""
        if self.theirs is None:
            return Who.AUTOGRAD if self.autograd is not None else Who.NEITHER
        if self._who is not None or self.autograd is None:
            return self.who()
        is_same = alike(self.theirs, self.autograd, is_coarse=not self.replay.is_wide)
        return Who.THEIRS if is_same else self.who()

    def who(self) -> Who:
        """Who is right about it, measured once."""
        assert self.theirs is not None
        if self._who is None:
            self._who = self._by_reference() or self.measured.who(self.theirs, self.autograd)
        return self._who

    def _by_reference(self) -> Who | None:
        """By its author's word what autograd makes of a reference is right, a detach() in it too; None to measure."""
        if self.replay.reference is None or self.autograd is None or self.traced is None or self.traced.calls_others:
            return None
        assert self.theirs is not None
        if alike(self.theirs, self.autograd, is_coarse=self.replay.is_coarse):
            return Who.THEIRS
        has_kink = not self.replay.is_coarse and self.measured.who(self.theirs, self.autograd) is Who.NOBODY_KNOWS
        return Who.NOBODY_KNOWS if has_kink else Who.AUTOGRAD

    def verdict(self, *, actual: Any = None, expected: Any = None, slip: Slip | None = None) -> Verdict:
        source = None if slip is None else written_at(backward_of(self.call.function), self.place, self.answer.ran)
        actual = self.theirs if actual is None else actual
        expected = self.theirs if expected is None else expected
        return Verdict(self.call, actual, expected, self.x, slip, source)


def quietly_traced(replay: Replay) -> Traced | None:
    """Autograd's view of the forward; None where it has none, or the forward cannot be run for it."""
    try:
        return replay.traced()
    except Exception:  # a forward that was not written to be differentiated
        return None
