"""The verdict on a turn of training: what it moves, against the loss that it computes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from handgrad import Comparison, HandgradError
from handgrad.adapters.numpy.check import check_at_points
from handgrad.adapters.sandbox import quietly
from handgrad.repair.deadline import Deadline
from handgrad.repair.effects import hold_effects
from handgrad.verdict.status import Status

from ..waiting import bar
from .evaluations import evaluated_losses
from .notebooks import Rename
from .record import Gradient, Record, is_kept
from .refusals import Attempt
from .split import SHOWN, Loss, Split, losses
from .training_code import bound_by, called_body
from .turns import Turn, TurnError, without_clipping

_SCALED = (
    "Your gradients are {times} times those of {loss}, as of a sum where it is a mean: that is a convention, and they "
    "are checked without the factor."
)

WORK = 100_000.0
"""So much may be done to find the line; a turn is dearer to repeat than a function."""


def check_turns(
    turns: Sequence[Turn], rename: Rename, attempts: list[Attempt], *, quick: bool
) -> Iterator[tuple[Comparison, str, bool]]:
    """Yield the verdict on the first turn that has one, what was checked, and whether that is all that it moves.

    Args:
        attempts: gets what was tried.
    """
    done: list[Record] = []
    with without_clipping():
        for turn in turns:
            record = _recorded(turn)
            gradients = [] if record is None else record.gradients()
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
            for loss in (*losses(record), *evaluated_losses(record, gradients)):
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
    moved = [one.path for one in record.moved if one.path not in known and isinstance(one.value, np.ndarray)]
    return [one for one in moved if not is_kept(one)]


def _judged(record: Record, gradients: Sequence[Gradient], loss: Loss, *, quick: bool) -> Comparison | None:
    """Return the verdict with one loss; None where there is none, or where nothing else speaks for a wrong one."""
    try:
        split = Split(record, gradients, loss)
        found = _check(split, quick=True)
        # What a turn keeps is meant as it is; what is only shown may be a mean for a sum.
        times = 1.0 if found.ok or loss.rank < SHOWN else _times(split, found)
        if times != 1.0:
            split.times = times
            found = _check(split, quick=True)
        if not found.ok and not quick:
            split.is_first = False
            found = _check(split, quick=False)
    except (HandgradError, TurnError):
        return None
    if times != 1.0:
        found.remark = f"{_SCALED.format(times=f'{times:g}', loss=loss.text)} {found.remark}".strip()
    own = [one for one in found.results if one.name in split.names.values()]
    right = sum(one.status is Status.CORRECT for one in own)
    # Of what is right but for a factor, one alone may be so by chance.
    is_right = right > 0 if found.ok or times == 1.0 else right > 1
    is_alone = len(own) == 1 and loss.is_in(record.turn.body)
    is_proven = loss.is_said and (bool(found.patch) or is_alone)
    return found if (found.ok and is_right) or (not found.ok and (is_right or is_proven)) else None


def _times(split: Split, found: Comparison) -> float:
    """Return how many times those of the loss gradients are, three or more; 1.0 where one is right as it is."""
    own = [one for one in found.results if one.name in split.names.values()]
    if len(own) < 2 or any(one.status is Status.CORRECT for one in own):
        return 1.0
    ratios = [_ratio(result.actual, result.expected) for result in own]
    given = Counter(one for one in ratios if one is not None)
    return float(max(given, key=given.__getitem__, default=1))


def _ratio(value: Any, of: Any) -> int | None:
    """Return how many times a gradient is another one; None where that is no whole number."""
    one, other = np.ravel(value).astype(float), np.ravel(of).astype(float)
    times = round(float(one @ other) / float(other @ other)) if one.shape == other.shape and other.any() else 0
    return times if times > 2 and np.allclose(one, times * other, rtol=1e-6, atol=1e-9 * abs(one).max()) else None


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
