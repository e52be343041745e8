"""The verdict on a turn of training: what it moves, against the loss that it computes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from handgrad import Comparison, HandgradError, NodeResult
from handgrad.adapters.numpy.check import check_at_points
from handgrad.adapters.sandbox import quietly
from handgrad.names import listed
from handgrad.repair.deadline import Deadline
from handgrad.repair.effects import hold_effects
from handgrad.verdict.status import Status

from ..waiting import bar
from .evaluations import evaluated_losses, named_losses
from .meant_losses import meant_losses
from .notebooks import Rename
from .options import Options
from .record import Gradient, Record
from .refusals import Attempt
from .split import SHOWN, Loss, Split, losses
from .training_code import bound_by, called_body
from .turns import Turn, TurnError, without_clipping

_SCALED = (
    "Your gradients are those of {times}{loss}, as of a sum where it is a mean, or a half: that is a convention, and "
    "no mistake."
)

_MEANT = "No loss was seen: {times}{loss} was taken for it."

_FREE = "No step is named: your gradients are taken for those of {times}{loss}."

_DECAY = "The share of {names} that weight decay puts into the gradient is left out of the check."

_OF_THE_STEP = "What is done to the gradients before the step (line {lines}) is left out of the check."

WORK = 100_000.0
"""So much may be done to find the line; a turn is dearer to repeat than a function."""


def check_turns(
    turns: Sequence[Turn], rename: Rename, attempts: list[Attempt], options: Options, *, quick: bool
) -> Iterator[tuple[Comparison, str, bool]]:
    """Yield the verdict on the first turn that has one, what was checked, and whether that is all that it moves.

    Args:
        attempts: gets what was tried.
        options: what the person names.
    """
    done: list[Record] = []
    with without_clipping():
        for turn in turns:
            record = _recorded(turn)
            gradients = [] if record is None else record.gradients(options.gradients)
            # A loop over the parameters moves what was computed before it.
            own = bound_by(turn.body)
            gradients = [one for one in gradients if re.split(r"\W", one.of.path)[0] not in own]
            if record is None or any(_repeats(record, one) for one in done):
                continue
            attempt = Attempt(record, gradients)
            attempts.append(attempt)
            if not gradients:
                continue
            done.append(record)
            kinds = (evaluated_losses, named_losses, meant_losses)
            for loss in (*losses(record, options.loss), *(one for kind in kinds for one in kind(record, gradients))):
                if options.loss not in ("", loss.text):
                    continue
                found = _judged(record, gradients, loss, quick=quick)
                if found is None:
                    attempt.refused.append(loss)
                else:
                    yield found, rename(_describe(record, gradients, loss)), not _unchecked(record, gradients)
                    return


def _repeats(record: Record, inner: Record) -> bool:
    """Return whether a turn makes several of another one: what one moves, the other moves again and again."""
    outer, body = record.turn.body, inner.turn.body
    is_inside = outer.lineno < body.lineno <= (outer.end_lineno or 0)
    return is_inside and _moved_by(record) <= _moved_by(inner)


def _moved_by(record: Record) -> set[int]:
    return {id(one.of.value) for one in record.gradients()}


def _describe(record: Record, gradients: Sequence[Gradient], loss: Loss) -> str:
    """Say what was compared with what, and what was not."""
    names = ", ".join(f"{one.path} of {one.of.path}" if one.path else f"what moves {one.of.path}" for one in gradients)
    said = f"Checked {called_body(record.turn.body)} against {loss.text} (line {loss.line}): {names}."
    rest = _unchecked(record, gradients)
    return f"{said} Not checked: {', '.join(rest)}." if rest else said


def _unchecked(record: Record, gradients: Sequence[Gradient]) -> list[str]:
    known = {one.of.path for one in gradients}
    moved = [one for one in record.moved if one.path not in known and isinstance(one.value, np.ndarray)]
    return [one.path for one in moved if not record.is_kept(one)]


def _judged(
    record: Record, gradients: Sequence[Gradient], loss: Loss, *, quick: bool, left_out: frozenset[int] = frozenset()
) -> Comparison | None:
    """Return the verdict with one loss; None where there is none, or where nothing else speaks for a wrong one.

    Args:
        left_out: the statements that are not carried out.
    """
    is_free = loss.is_meant or any(one.is_free for one in gradients)
    try:
        split = Split(record, gradients, loss, left_out)
        found = _check(split, quick=True)
        # What a turn keeps is meant as it is; what is only shown may be a mean for a sum.
        may_scale = is_free or (not found.ok and loss.rank >= SHOWN)
        own = _own_of(split, found)
        times = 1.0 if not may_scale else _factor(own) if is_free else _times(own, is_elsewhere=loss.is_elsewhere)
        if times != 1.0:
            split.times = times
            found = _check(split, quick=True)
        if is_free or loss.rank >= SHOWN:
            split.decays = dict(_decays(_own_of(split, found), is_whole=split.times == 1.0 and not loss.is_elsewhere))
            found = _check(split, quick=True) if split.decays else found
        of_the_step = frozenset() if found.ok or left_out else record.of_the_step(gradients)
        without = _judged(record, gradients, loss, quick=True, left_out=of_the_step) if of_the_step else None
        if without is not None and without.ok:
            return without
        if not found.ok and not quick:
            if is_free and not any(one.status is Status.CORRECT for one in _own_of(split, found)):
                return None
            split.is_first = False
            found = _check(split, quick=False)
            if without is not None:
                without = _judged(record, gradients, loss, quick=False, left_out=of_the_step)
            if without is not None and len(without.wrong) < len(found.wrong):
                return without
    except (HandgradError, TurnError):
        return None
    own = _own_of(split, found)
    said = _MEANT if loss.is_meant else _FREE if is_free else _SCALED
    if is_free or times != 1.0:
        share = "" if times == 1.0 else f"{times:g} times "
        found.remark = f"{said.format(times=share, loss=loss.text)} {found.remark}".strip()
    if split.decays:
        found.remark = f"{_DECAY.format(names=listed(split.decays))} {found.remark}".strip()
    if left_out:
        lines = [str(record.turn.statements[at].lineno) for at in sorted(left_out)]
        found.remark = f"{_OF_THE_STEP.format(lines=listed(lines))} {found.remark}".strip()
    right = sum(one.status is Status.CORRECT for one in own)
    is_alone = len(own) == 1 and loss.is_in(record.turn.body)
    is_proven = loss.is_said and not is_free and (bool(found.patch) or is_alone)
    return found if right or (not found.ok and is_proven) else None


def _own_of(split: Split, found: Comparison) -> list[NodeResult]:
    return [one for one in found.results if one.name in split.names.values()]


def _times(own: Sequence[NodeResult], *, is_elsewhere: bool) -> float:
    """Return how many times those of the loss gradients are: as of a sum, or downhill; 1.0 where one is right as it is.

    Args:
        is_elsewhere: whether the loss is one of other data; then it may be twice what is meant.
    """
    times = 1.0 if len(own) < 2 or any(one.status is Status.CORRECT for one in own) else _factor(own)
    return times if abs(2 * times - round(2 * times)) < 1e-6 and (times < 0 or times > 2 or is_elsewhere) else 1.0


def _factor(own: Sequence[NodeResult]) -> float:
    """Return how many times those of the loss most gradients are; 1.0 where that is not known."""
    given: Counter[float] = Counter()
    for one in own:
        ratio = float(f"{_ratio(one.actual, one.expected) or 0.0:.9g}")
        if ratio:
            # One number is some multiple of any other.
            given[ratio] += 2 if np.size(one.actual) > 1 or abs(ratio) in (0.5, 1.0, 2.0) else 1
    (first, count), (_, second) = (*given.most_common(2), (1.0, 0), (1.0, 0))[:2]
    return first if count > max(second, 1) else 1.0


def _decays(own: Sequence[NodeResult], *, is_whole: bool) -> Iterator[tuple[str, float]]:
    """Yield the parameters of which gradients have some share more than they should, and the share.

    Less than a loss that is meant as a whole has of a parameter is no weight decay, but a mistake.
    """
    for one in own:
        value = one.node.data
        if one.status is Status.WRONG and np.size(value) > 1:
            share = _ratio(np.reshape(one.actual, -1) - np.reshape(one.expected, -1), value)
            if share is not None and (share > 0 or not is_whole):
                yield str(one.name), share


def _ratio(value: Any, of: Any) -> float | None:
    """Return how many times a gradient is another one; None where it is no multiple of that."""
    one, other = np.ravel(value).astype(float), np.ravel(of).astype(float)
    times = float(one @ other) / float(other @ other) if one.shape == other.shape and other.any() else 0.0
    return times if np.allclose(one, times * other, rtol=1e-6, atol=1e-9 * abs(one).max(initial=0.0)) else None


def _check(split: Split, *, quick: bool) -> Comparison:
    with hold_effects() as effects, split.functions() as (forward, backward), bar() as progress:
        effects.was_run = True  # the file has run
        deadline = Deadline(progress, work=WORK)
        # Of parameters that begin with zeros, a mistake may show elsewhere alone.
        points = 1 if all(np.any(one.of.value) for one in split.gradients) else 2
        return check_at_points(forward, backward, split.inputs, deadline, quick=quick, points=points, keeps=False)


def _recorded(turn: Turn) -> Record | None:
    try:
        with hold_effects(), quietly():
            return Record(turn)
    except TurnError:
        return None
