"""What is to be said of one call of a Function: its answer is measured, and a wrong one goes to the judge."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from ...arrays.amounts import largest
from ...arrays.edges import Floats
from ...repair.lines import written_at
from ...repair.proof import Cause, Proof
from ...slips.slip import Slip
from ..errors import NotAReferenceError, OtherOutputError
from .diagnosis import slip_by_measuring, slip_by_tracing
from .numbers import alike, numbers_of
from .proving import Judged, Prover
from .readable import Reference
from .recording import Call
from .replay import Replay, Returned
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
from .signature import backward_of, upstream_name
from .truth import Who
from .wanted import Verdict, Wanted, quietly_traced, skipped


class _Wrong(NamedTuple):
    """A call of which some gradients are wrong, before experiments.

    Attributes:
        inputs: all that was asked about.
        wrong: those that are wrong, with the verdict on each.
        judged: what is known of each, for experiments.
    """

    inputs: Sequence[Wanted]
    wrong: Sequence[tuple[Wanted, Verdict]]
    judged: Sequence[Judged]


class Judge:
    """It remembers what it has measured: a Function that is called a thousand times is measured a few times."""

    def __init__(self, references: Mapping[type, Reference] | None = None, prover: Prover | None = None) -> None:
        """See the class.

        Args:
            references: by their Functions, the readable forwards that backwards are compared with.
            prover: tries what is wrong by experiment; None does without.
        """
        self.references = references or {}
        self._prover = prover
        self._measured: dict[Hashable, list[Who]] = {}
        self._slips: dict[Hashable, Slip] = {}

    @property
    def proofs(self) -> list[Proof]:
        """Of the Functions that were tried by experiment."""
        return [] if self._prover is None else list(self._prover.proofs.values())

    def verdict(self, call: Call) -> Verdict:
        """Return the verdict on a call; whatever their code raises when it runs again is no reason to stop.

        Raises:
            NotAReferenceError, OtherOutputError: the reference of its Function computes something else.
        """
        found = self._asked(call)
        return found if isinstance(found, Verdict) else self._told(found)

    def _asked(self, call: Call) -> Verdict | _Wrong:
        """Ask a call again, in double precision or else in its own."""
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

    def _verdict(self, call: Call, *, is_wide: bool) -> Verdict | _Wrong:
        backward = backward_of(call.function)
        if backward is None:
            return skipped(call)
        replay = Replay(call, is_wide=is_wide, reference=self.references.get(call.function))
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
        traced = quietly_traced(replay)
        inputs = [Wanted(call, replay, answer, traced, place) for place in call.asked]
        verdicts = [self._of_input(one) for one in inputs]
        wrong = [(one, verdict) for one, verdict in zip(inputs, verdicts) if verdict.slip is not None]
        if wrong:
            judged = [] if self._prover is None else [Judged(one.place, one.judged) for one in inputs]
            return _Wrong(inputs, wrong, judged)
        if answer.damaged:
            name = answer.damaged[0]
            name = upstream_name(call.function) if name == "upstream" else name
            slip = Slip("in-place", damaged(name))
            return verdicts[0]._replace(slip=slip, source=written_at(backward, None))
        return verdicts[0]

    def _told(self, found: _Wrong) -> Verdict:
        """Return the verdict on the first wrong input, with what is to be said of the others."""
        wrong = found.wrong if self._prover is None else self._proven(self._prover, found)
        shown = wrong[0][1]
        assert shown.slip is not None
        message = " ".join(verdict.slip.message for _, verdict in wrong if verdict.slip is not None)
        return shown._replace(slip=Slip(shown.slip.kind, message, shown.slip.also))

    def _proven(self, prover: Prover, found: _Wrong) -> Sequence[tuple[Wanted, Verdict]]:
        """Return what is wrong with the lines that experiments have proven, each mistake once."""
        first, wrong = found.inputs[0], found.wrong
        is_large = first.count > MOST_DIAGNOSED
        less = next((one.less for one, _ in wrong if one.less is not None), None) if is_large else None
        call, is_wide = (less or first).call, first.replay.is_wide
        proof = prover.proof(call, first.replay.reference, is_wide, found.judged)
        if not proof.is_whole:
            return wrong
        restated, told = [], set[int]()
        for one, verdict in wrong:
            cause = next((cause for cause in proof.causes if one.name in cause.fixed), proof.causes[0])
            if id(cause) not in told:
                told.add(id(cause))
                restated.append((one, _restated(verdict, cause, one.name)))
        return restated

    def _of_input(self, one: Wanted) -> Verdict:
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

    def _of_no_numbers(self, one: Wanted) -> Verdict:
        """Theirs is nan or infinite: a mistake where the function does have a slope."""
        truth = one.autograd
        if truth is None or not np.isfinite(truth).all() or one.measured.who(truth, None) is not Who.THEIRS:
            return one.verdict(expected=one.theirs)
        return one.verdict(expected=truth, slip=Slip("not-finite", not_finite(one.name, one.theirs)))

    def _who(self, one: Wanted) -> Who:
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

    def _slip(self, one: Wanted, truth: Floats | None) -> Slip:
        if one.key not in self._slips:
            self._slips[one.key] = _slip(one, truth)
        return self._slips[one.key]


MOST_MEASURED = 20_000
MOST_DIAGNOSED = 2_000
"""Of a call with more numbers, one with fewer is looked at, where there is one that is wrong in the same input:
for the diagnosis, and for the measurement."""
MOST_OF_ALL = 100_000
"""A call with more is not looked at."""


def _slip(one: Wanted, truth: Floats | None) -> Slip:
    if one.answer.gradients[one.place] is None:
        return Slip("missing-path", no_gradient(one.name))
    if truth is not None and not truth.any():
        return Slip("rule", is_meant(one.name, one.call.function.__name__))
    less = one.less if one.count > MOST_DIAGNOSED else None
    found = None if less is None else _diagnosed(less)
    if found is None and one.count <= MOST_OF_ALL:
        found = _diagnosed(one)
    return found or Slip("rule", unexplained(one.name))


def _restated(verdict: Verdict, cause: Cause, name: str) -> Verdict:
    """A verdict with the line of a cause; where nothing explains the numbers, the cause says what is wrong."""
    slip = verdict.slip
    assert slip is not None
    if slip.message == unexplained(name):
        return verdict._replace(slip=Slip(cause.kind, f"{name}: {cause.hint}{cause.otherwise}"), source=cause.source)
    also = tuple(dict.fromkeys([*slip.also, *([cause.kind] if cause.kind != slip.kind else [])]))
    return verdict._replace(slip=Slip(slip.kind, slip.message + cause.otherwise, also), source=cause.source)


def _diagnosed(one: Wanted) -> Slip | None:
    if one.theirs is None:
        return None
    if one.autograd is not None and one.who() is Who.AUTOGRAD:
        return slip_by_tracing(one.replay, one.place, one.theirs, one.answer)
    jacobian = one.measured.jacobian()
    return None if jacobian is None else slip_by_measuring(one.replay, one.place, one.theirs, jacobian)


def _has_wrong_count(answer: Returned, inputs: int) -> bool:
    if answer.given < inputs:
        return True
    return any(isinstance(one, torch.Tensor) for one in answer.gradients[inputs:])
