"""What is to be said of one call of a Function: its answer is measured, and a wrong one is explained."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...arrays.amounts import largest
from ...names import Names
from ...repair.deadline import Deadline
from ...repair.source import Source, return_line
from ...slips.slip import Slip
from ...value import Value
from ..errors import NotAReferenceError
from ..nodes import node_after
from ..reading import Reading, Shown, read_apart
from .recording import Call, Write, backward_of, upstream_name
from .replay import Reference, Replay, UserCodeError
from .tensors import RTOL, apart, numbers_of
from .truth import Input, Who

if TYPE_CHECKING:
    from ...repair.proof import Proof

WHOLE = "the block"
"""What the root is called: it stands for whatever the outputs of the calls went into."""
DAMAGED = (
    "backward writes into {0}, which is not its own: others may still need those numbers. Work on a copy, {0}.clone()."
)


class Judge:
    """It remembers what it has measured: a Function that is called a thousand times is measured a few times.

    Args:
        references: by their Functions, the readable forwards that backwards are compared with.
        is_quick: whether experiments say only where it is wrong, without a change.

    Attributes:
        reasons: why nothing can be said of some calls, as sentences.
        proofs: what experiments show of the Functions that are wrong.
    """

    def __init__(self, references: Mapping[type, Reference], deadline: Deadline, *, is_quick: bool = False) -> None:
        self._references, self._deadline, self._is_quick = references, deadline, is_quick
        self._measured: dict[Hashable, list[Who]] = {}
        self.reasons: dict[str, None] = {}
        self.proofs: dict[Any, Proof] = {}
        self._slips: dict[Hashable, Slip] = {}

    def _slip(self, one: Input, truth: Any) -> Slip:
        """Return the slip in what a backward gives for an input, which is looked for once."""
        from .diagnosis import slip_of  # most calls are right

        if one.key not in self._slips:
            self._slips[one.key] = slip_of(one, truth)
        return self._slips[one.key]

    def verdict(self, call: Call, operands: Sequence[Value] = ()) -> Shown:
        """Return the verdict on a call that comes after some others, whatever user code raises when it runs again.

        Raises:
            NotAReferenceError, OtherOutputError: the reference of its Function computes something else.
        """
        try:
            return self._verdict(call, operands, is_wide=True)
        except (UserCodeError, NotAReferenceError) as error:
            try:
                return self._verdict(call, operands, is_wide=False)
            except UserCodeError:  # the first reason is the one to tell
                self.reasons[f"{call.name} could not be asked again: {error}."] = None
                return skipped_call(call, operands)

    def _verdict(self, call: Call, operands: Sequence[Value], *, is_wide: bool) -> Shown:
        """Return the verdict on a call, in double precision or else in its own."""
        backward = backward_of(call.function)
        if backward is None:
            return skipped_call(call, operands)
        replay = Replay(call, is_wide=is_wide, reference=self._references.get(call.function))
        if not replay.upstreams:
            return skipped_call(call, operands)
        answer, count, line = replay.answer(), len(call.inputs), return_line(backward, None)
        numbers = numbers_of(replay.inputs[call.asked[0]])
        name, write = next((one for one in call.changes.items() if replay.needs(one[0])), ("", None))
        if write is not None:
            slip = Slip("in-place", describe_change(call.name, name, write))
            return _show(call, operands, numbers, slip=slip, source=write.source or line)
        if len(answer.gradients) < count or any(isinstance(one, torch.Tensor) for one in answer.gradients[count:]):
            slip = Slip("shape", wrong_count(len(answer.gradients), count))
            return _show(call, operands, numbers, slip=slip, source=line)
        traced = replay.trace()
        inputs = [Input(replay, answer, traced, place) for place in call.asked]
        found = {one: self._check_input(one) for one in inputs}
        wrong = {one: slip for one, (_, slip) in found.items() if slip is not None}
        first = next(iter(wrong), inputs[0])
        cause, source = None, None
        if wrong:
            from .diagnosis import cause_of

            cause, source = cause_of(inputs, wrong, self.proofs, self._deadline, quick=self._is_quick)
        elif answer.damaged:
            name = answer.damaged[0] if answer.damaged[0] != "upstream" else upstream_name(call.function)
            cause, source = Slip("in-place", DAMAGED.format(name)), line
        actual = numbers_of(first.given) if first.theirs is None else first.theirs
        return _show(call, operands, first.x, actual, found[first][0], cause, source)

    def _check_input(self, one: Input) -> tuple[Any, Slip | None]:
        """Return the true gradient of an input, and the slip in what backward gives for it."""
        theirs, autograd = one.theirs, one.autograd
        if theirs is None:
            slip = Slip("shape", wrong_shape(one.name, tuple(one.given.shape), one.x.shape))
            return one.x * math.nan if autograd is None else autograd, slip
        if not np.isfinite(theirs).all():
            is_finite = autograd is not None and np.isfinite(autograd).all()
            if autograd is None or not is_finite or one.slopes.who(autograd, None) is not Who.THEIRS:
                return theirs, None
            return autograd, Slip("not-finite", not_finite(one.name, theirs))
        who = self._who(one)
        if who is Who.AUTOGRAD and autograd is not None:
            return autograd, self._slip(one, autograd)
        truth = one.slopes.gradient if who is Who.NEITHER else theirs
        if truth is None or not np.allclose(theirs, truth, rtol=1e-4, atol=1e-6 * largest(truth)):
            # Of what was not measured whole, nothing is known but that it is wrong.
            return theirs if truth is None else truth, self._slip(one, truth)
        return theirs, None

    def _who(self, one: Input) -> Who:
        if one.is_autograds:
            return one.who
        before = self._measured.setdefault(one.key, [])
        if len(before) < 2 or len(set(before)) > 1:
            before.append(one.who)
            return before[-1]
        return before[0]


def skipped_call(call: Call, operands: Sequence[Value] = ()) -> Shown:
    """Return that a call was not asked."""
    return _show(call, operands, numbers_of(call.inputs[call.asked[0]]))._replace(is_skipped=True)


def _show(
    call: Call,
    operands: Sequence[Value],
    numbers: Any,
    actual: Any = None,
    expected: Any = None,
    slip: Slip | None = None,
    source: Source | None = None,
) -> Shown:
    node = node_after(call.name, np.nan_to_num(np.asarray(numbers, dtype=float)), operands)
    expected = np.zeros(node.shape) if expected is None else expected
    is_like = slip is not None and np.shape(actual) == node.shape
    return Shown(node, actual, expected, apart(actual, expected) if is_like else None, slip, source)


def read(shown: Sequence[Shown] = (), remarks: Sequence[str] = ()) -> Reading:
    """Return what was found of the calls of Functions in a block, each named by its class.

    `actual` and `expected` are the gradients of one input, the wrong one where there is one, for a random upstream
    gradient.
    """
    used = {operand for one in shown for operand in one.node.operands}
    root = node_after(WHOLE, np.zeros(()), [one.node for one in shown if one.node not in used])
    titles, names = ("backward's", "measured"), _ClassNames(root)
    return read_apart(root, shown[::-1], rtol=RTOL, titles=titles, names=names, remarks=remarks)


class _ClassNames(Names):
    """Every call is called by its class, however often that is."""

    def __getitem__(self, node: Value) -> str:
        return node.label or super().__getitem__(node)


def describe_change(function: str, name: str, write: Write) -> str:
    """Say that a tensor that a Function has kept is not what it was."""
    by = f" by '{write.by}'" if write.by else ""
    if write.inside and write.inside != f"the forward of {function}":
        by += f" in {write.inside}"
    if write.source is not None:
        by += f" ({write.source.place})"
    by = by or " unseen by autograd (through .data or NumPy, say)"
    return (
        f"{name}, which {function} keeps for its backward, was changed in place{by} before backward used it. "
        "Write the new numbers into a new tensor, or keep a copy."
    )


def wrong_count(given: int, inputs: int) -> str:
    """Say that a backward returns more or fewer gradients than there are inputs."""
    return (
        f"backward returns {given} gradient{'' if given == 1 else 's'}, and forward has {inputs} inputs besides ctx: "
        "return one for each, in their order, None for what has none."
    )


def wrong_shape(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Say that a gradient has another shape than what it is of."""
    is_transpose = given == shape[::-1] and len(shape) > 1
    end = " That is the transpose: which axis is which?" if is_transpose else ""
    return f"{name} has shape {shape}, and what backward returns for it has shape {given}.{end}"


def not_finite(name: str, given: Any) -> str:
    """Say that a gradient is nan or infinite where there is a slope."""
    at = np.argwhere(~np.isfinite(given))[0]
    entry = f"[{', '.join(map(str, at))}]" if len(at) else ""
    return (
        f"{name}: what backward returns for {name}{entry} is {float(given[tuple(at)])!r}, and the forward does have a "
        "slope there: was something divided by zero?"
    )
