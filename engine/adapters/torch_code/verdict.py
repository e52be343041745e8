"""What is to be said of one call of a Function: its answer is measured, and a wrong one goes to the judge."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch

from ...arrays.amounts import largest
from ...arrays.edges import Floats, summed_to
from ...slips.slip import Slip
from ..errors import NotAReferenceError, OtherOutputError
from ..lines import written_at
from ..source import Source
from .diagnosis import slip_by_measuring, slip_by_tracing
from .numbers import Like, alike, numbers_of
from .readable import Reference
from .recording import Call
from .replay import Replay, Returned, Traced
from .sentences import (
    changed,
    damaged,
    is_meant,
    no_gradient,
    not_finite,
    unexplained,
    wrong_count,
    wrong_shape,
)
from .signature import backward_of, input_names, upstream_name
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


class Judge:
    """It remembers what it has measured: a Function that is called a thousand times is measured a few times."""

    def __init__(self, references: Mapping[type, Reference] | None = None) -> None:
        """See the class.

        Args:
            references: by their Functions, the readable forwards that backwards are held against.
        """
        self._references = references or {}
        self._measured: dict[Hashable, list[Who]] = {}
        self._slips: dict[Hashable, Slip] = {}

    def verdict(self, call: Call) -> Verdict:
        """The verdict on a call; whatever their code raises when it runs again is no reason to stop.

        Raises:
            NotAReferenceError, OtherOutputError: the reference of its Function computes something else.
        """
        try:
            return self._verdict(call, is_wide=True)
        except OtherOutputError:
            raise
        except Exception as error:  # code of theirs may raise anything
            try:
                return self._verdict(call, is_wide=False)
            except (NotAReferenceError, OtherOutputError):
                raise
            except Exception:  # the first reason is the one to tell
                pass
            why = f"{call.function.__name__} could not be asked again: {type(error).__name__}: {error}"
            return skipped(call, f"{why.splitlines()[0].rstrip('.: ')}.")

    def _verdict(self, call: Call, *, is_wide: bool) -> Verdict:
        backward = backward_of(call.function)
        if backward is None:
            return skipped(call)
        replay = Replay(call, is_wide=is_wide, reference=self._references.get(call.function))
        if not replay.upstreams:
            return skipped(call)
        answer = replay.answer()
        numbers = numbers_of(replay.inputs[call.asked[0]])
        none = Verdict(call, None, np.zeros(numbers.shape), numbers)
        change = next((change for change in call.changes if replay.needs(change.name)), None)
        if change is not None:
            source = change.source or written_at(backward, None)
            return none._replace(slip=Slip("in-place", changed(call.function.__name__, change)), source=source)
        if _has_wrong_count(answer, len(call.inputs)):
            slip = Slip("shape", wrong_count(answer.given, len(call.inputs)))
            return none._replace(slip=slip, source=written_at(backward, None))
        wrong, first = self._judged(call, replay, answer)
        if wrong is not None:
            return wrong
        if answer.damaged:
            name = answer.damaged[0]
            name = upstream_name(call.function) if name == "upstream" else name
            return first._replace(slip=Slip("in-place", damaged(name)), source=written_at(backward, None))
        return first

    def _judged(self, call: Call, replay: Replay, answer: Returned) -> tuple[Verdict | None, Verdict]:
        """The verdict on the first wrong input, with what is to be said of the others; and on the first of all."""
        traced = _quietly_traced(replay)
        wrong: Verdict | None = None
        first: Verdict | None = None
        for place in call.asked:
            one = _Input(call, replay, answer, traced, place)
            verdict = self._of_input(one)
            first = first or verdict
            if verdict.slip is None:
                continue
            if wrong is None or wrong.slip is None:
                wrong = verdict
            else:
                message = f"{wrong.slip.message} {verdict.slip.message}"
                wrong = wrong._replace(slip=Slip(wrong.slip.kind, message, wrong.slip.also))
        assert first is not None
        return wrong, first

    def _of_input(self, one: _Input) -> Verdict:
        if one.theirs is None:
            slip = Slip("shape", wrong_shape(one.name, one.given_shape, one.x.shape))
            expected = one.x * math.nan if one.autograd is None else one.autograd
            return one.verdict(actual=numbers_of(one.answer.gradients[one.place]), expected=expected, slip=slip)
        if not np.isfinite(one.theirs).all():
            return self._of_no_numbers(one)
        who = self._who(one)
        if who is Who.AUTOGRAD and one.autograd is not None:
            return one.verdict(expected=one.autograd, slip=self._slip(one, one.autograd))
        if who is Who.NEITHER:
            truth = one.measured.gradient()
            if truth is not None and np.allclose(one.theirs, truth, rtol=1e-4, atol=1e-6 * largest(truth)):
                return one.verdict()
            # Of what was not measured whole, nothing is known but that it is wrong.
            return one.verdict(expected=one.theirs if truth is None else truth, slip=self._slip(one, truth))
        return one.verdict()

    def _of_no_numbers(self, one: _Input) -> Verdict:
        """Theirs is nan or infinite: a mistake where the function does have a slope."""
        truth = one.autograd
        if truth is None or not np.isfinite(truth).all() or one.measured.who(truth, None) is not Who.THEIRS:
            return one.verdict(expected=one.theirs)
        return one.verdict(expected=truth, slip=Slip("not-finite", not_finite(one.name, one.theirs)))

    def _who(self, one: _Input) -> Who:
        assert one.theirs is not None
        in_doubt = one.traced is not None and one.traced.calls_others
        if one.autograd is not None and alike(one.theirs, one.autograd, is_coarse=not one.replay.is_wide):
            if not in_doubt:
                return Who.THEIRS
            return one.measured.who(one.theirs, None)
        before = self._measured.setdefault(one.key, [])
        if len(before) >= 2 and len(set(before)) == 1:
            return before[0]
        less = one.less if one.count > MOST_MEASURED else None
        before.append((less or one).who())
        return before[-1]

    def _slip(self, one: _Input, truth: Floats | None) -> Slip:
        if one.key not in self._slips:
            self._slips[one.key] = _slip(one, truth)
        return self._slips[one.key]


class _Input:
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
        self.theirs = self._fitted(answer.gradients[place])
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
    def less(self) -> _Input | None:
        """The same input of the call with less in it, where it is wrong there too; None for none."""
        call = smaller(self.call)
        if call is None:
            return None
        try:
            replay = Replay(call, reference=self.replay.reference)
            less = _Input(call, replay, replay.answer(), _quietly_traced(replay), self.place)
            is_wrong = less.theirs is not None and less.who() in (Who.AUTOGRAD, Who.NEITHER)
            return less if is_wrong else None
        except Exception:  # cut like this, it may make no sense to their code
            return None

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

    def _fitted(self, given: Any) -> Floats | None:
        """A gradient as autograd takes it: what was broadcast is summed, a real part is enough for a real input."""
        if not isinstance(given, torch.Tensor):
            return np.zeros(self.x.shape)
        if given.is_complex() and not self.like.dtype.is_complex:
            given = given.real
        elif self.like.dtype.is_complex and not given.is_complex():
            given = given.to(torch.complex128)
        shape = tuple(given.shape)
        own = self.like.shape
        if shape == own:
            return numbers_of(given)
        fits = len(own) <= len(shape) and all(n in (1, m) for n, m in zip(reversed(own), reversed(shape)))
        found: Floats | None = summed_to(numbers_of(given), self.x.shape) if fits else None
        return found

    def verdict(self, *, actual: Any = None, expected: Any = None, slip: Slip | None = None) -> Verdict:
        source = None if slip is None else written_at(backward_of(self.call.function), self.place, self.answer.ran)
        actual = self.theirs if actual is None else actual
        expected = self.theirs if expected is None else expected
        return Verdict(self.call, actual, expected, self.x, slip, source)


MOST_MEASURED = 20_000
MOST_DIAGNOSED = 2_000
"""Of a call with more numbers, one with fewer is looked at, where there is one that is wrong in the same input:
for the diagnosis, and for the measurement."""
MOST_OF_ALL = 100_000
"""A call with more is not looked at."""


def _slip(one: _Input, truth: Floats | None) -> Slip:
    if one.answer.gradients[one.place] is None:
        return Slip("missing-path", no_gradient(one.name))
    if truth is not None and not truth.any():
        return Slip("rule", is_meant(one.name, one.call.function.__name__))
    less = one.less if one.count > MOST_DIAGNOSED else None
    found = None if less is None else _diagnosed(less)
    if found is None and one.count <= MOST_OF_ALL:
        found = _diagnosed(one)
    return found or Slip("rule", unexplained(one.name))


def _diagnosed(one: _Input) -> Slip | None:
    if one.theirs is None:
        return None
    if one.autograd is not None and one.who() is Who.AUTOGRAD:
        return slip_by_tracing(one.replay, one.place, one.theirs, one.answer)
    jacobian = one.measured.jacobian()
    return None if jacobian is None else slip_by_measuring(one.replay, one.place, one.theirs, jacobian)


def skipped(call: Call, why: str = "") -> Verdict:
    """That a call was not asked, and why."""
    numbers = numbers_of(call.inputs[call.asked[0]])
    return Verdict(call, None, np.zeros(numbers.shape), numbers, is_skipped=True, why=why)


def _has_wrong_count(answer: Returned, inputs: int) -> bool:
    if answer.given < inputs:
        return True
    return any(isinstance(one, torch.Tensor) for one in answer.gradients[inputs:])


def _quietly_traced(replay: Replay) -> Traced | None:
    """Autograd's view of the forward; None where it has none, or the forward cannot be run for it."""
    try:
        return replay.traced()
    except Exception:  # a forward that was not written to be differentiated
        return None
