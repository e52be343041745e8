"""What is to be said of one call of a Function: its answer is measured, and a wrong one is explained."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...arrays.amounts import largest
from ...repair.deadline import Deadline
from ...repair.lines import written_at
from ...slips.slip import Slip
from ..errors import NotAReferenceError
from .numbers import numbers_of
from .recording import Call
from .reference import Reference
from .replay import Replay, UserCodeError
from .report import Verdict, skipped
from .sentences import DAMAGED, changed, not_finite, wrong_count, wrong_shape
from .signature import backward_of, upstream_name
from .truth import Input, Who

if TYPE_CHECKING:
    from .explaining import Explainer


class Judge:
    """It remembers what it has measured: a Function that is called a thousand times is measured a few times.

    Attributes:
        explainer: says what is wrong; None as long as nothing is.
    """

    def __init__(
        self,
        references: Mapping[type, Reference] | None = None,
        deadline: Deadline | None = None,
        *,
        is_quick: bool = False,
    ) -> None:
        """See the class.

        Args:
            references: by their Functions, the readable forwards that backwards are compared with.
            deadline: when experiments have to be over; None does without.
            is_quick: whether they say only where it is wrong, without a change.
        """
        self.references, self._deadline, self._is_quick = references or {}, deadline, is_quick
        self._measured: dict[Hashable, list[Who]] = {}
        self.explainer: Explainer | None = None

    def _explained(self) -> Explainer:
        """Return the explainer, which is loaded with the first wrong Function."""
        if self.explainer is None:
            from .explaining import Explainer

            self.explainer = Explainer(self._deadline, self._is_quick)
        return self.explainer

    def verdict(self, call: Call) -> Verdict:
        """Return the verdict on a call.

        Whatever user code raises when it runs again is no reason to stop.

        Raises:
            NotAReferenceError, OtherOutputError: the reference of its Function computes something else.
        """
        try:
            return self._verdict(call, is_wide=True)
        except (UserCodeError, NotAReferenceError) as error:
            try:
                return self._verdict(call, is_wide=False)
            except UserCodeError:  # the first reason is the one to tell
                return skipped(call, f"{call.function.__name__} could not be asked again: {error}.")

    def _verdict(self, call: Call, *, is_wide: bool) -> Verdict:
        """Return the verdict on a call, in double precision or else in its own."""
        backward = backward_of(call.function)
        if backward is None:
            return skipped(call)
        replay = Replay(call, is_wide=is_wide, reference=self.references.get(call.function))
        if not replay.upstreams:
            return skipped(call)
        answer = replay.answer()
        numbers = numbers_of(replay.inputs[call.asked[0]])
        none = Verdict(call, None, np.zeros(numbers.shape), numbers, source=written_at(backward, None))
        change = next((change for change in call.changes if replay.needs(change.name)), None)
        if change is not None:
            slip = Slip("in-place", changed(call.function.__name__, change))
            return none._replace(slip=slip, source=change.source or none.source)
        count = len(call.inputs)
        if len(answer.gradients) < count or any(isinstance(one, torch.Tensor) for one in answer.gradients[count:]):
            return none._replace(slip=Slip("shape", wrong_count(len(answer.gradients), count)))
        traced = replay.traced()
        inputs = [Input(replay, answer, traced, place) for place in call.asked]
        verdicts = [self._of_input(one) for one in inputs]
        wrong = {one: verdict for one, verdict in zip(inputs, verdicts) if verdict.slip is not None}
        if wrong:
            return self._explained().told(inputs, wrong)
        if answer.damaged:
            name = answer.damaged[0]
            name = upstream_name(call.function) if name == "upstream" else name
            return verdicts[0]._replace(slip=Slip("in-place", DAMAGED.format(name)), source=none.source)
        return verdicts[0]

    def _of_input(self, one: Input) -> Verdict:
        if one.theirs is None:
            shape = tuple(one.given.shape)
            slip = Slip("shape", wrong_shape(one.name, shape, one.x.shape))
            expected = one.x * math.nan if one.autograd is None else one.autograd
            return _said(one, expected, slip)._replace(actual=numbers_of(one.given))
        if not np.isfinite(one.theirs).all():
            truth = one.autograd
            if truth is None or not np.isfinite(truth).all() or one.slopes.who(truth, None) is not Who.THEIRS:
                return _said(one, one.theirs)
            return _said(one, truth, Slip("not-finite", not_finite(one.name, one.theirs)))
        who = self._who(one)
        if who is Who.AUTOGRAD and one.autograd is not None:
            return _said(one, one.autograd, self._explained().slip(one, one.autograd))
        if who is Who.NEITHER:
            truth = one.slopes.gradient
            if truth is None or not np.allclose(one.theirs, truth, rtol=1e-4, atol=1e-6 * largest(truth)):
                # Of what was not measured whole, nothing is known but that it is wrong.
                return _said(one, one.theirs if truth is None else truth, self._explained().slip(one, truth))
        return _said(one, one.theirs)

    def _who(self, one: Input) -> Who:
        if one.is_autograds:
            return one.who
        before = self._measured.setdefault(one.key, [])
        if len(before) < 2 or len(set(before)) > 1:
            before.append(one.who)
            return before[-1]
        return before[0]


def _said(one: Input, expected: Any, slip: Slip | None = None) -> Verdict:
    replay = one.replay
    source = None if slip is None else written_at(backward_of(replay.call.function), one.place, replay.ran)
    return Verdict(replay.call, one.theirs, expected, one.x, slip, source)
