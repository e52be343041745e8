"""The verdict on a turn of training: what it moves, against the loss that it computes."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad import Comparison, HandgradError, NodeResult, Value
from handgrad.adapters.numpy.check import check_at_points
from handgrad.adapters.sandbox import quietly
from handgrad.graph import consumers, topological_order
from handgrad.names import listed
from handgrad.repair.deadline import Deadline
from handgrad.repair.effects import hold_effects
from handgrad.verdict.status import Status

from ..waiting import bar
from .arrays_in_reach import last_name
from .evaluations import evaluated_losses, named_losses
from .losses import SHOWN, Loss, losses
from .meant_losses import meant_losses
from .notebooks import Rename
from .options import Options
from .record import Gradient, Record
from .refusals import Attempt
from .split import Decay, Split
from .training_code import Body, bound_by, called_body
from .turns import Turn, TurnError, without_clipping

_SCALED = (
    "Your gradients are those of {times}{loss}, as of a sum where it is a mean, or a half: that is a convention, and "
    "no mistake."
)

_MEANT = "No loss was seen: {times}{loss} was taken for it."

_FREE = "No step is named: your gradients are taken for those of {times}{loss}."

_DECAY = "The share of {names} that weight decay puts into the gradient is left out of the check."

_OF_THE_STEP = "What is done to the gradients before the step (line{s} {lines}) is left out of the check."

_SAME = ("reshape", "index", "transpose")
"""What is computed with one of these has the same numbers."""

MOST_SIZES = 12
"""So many sizes are tried as what a mean is over."""

_OTHER = (
    "They are not the gradients of {seen}, but those of {times}{loss}: where {seen} is meant, they are wrong, and "
    "`--loss` checks them against it."
)

_TO_BE_LARGE = re.compile(r"(?i)lik|elbo|reward|return|score|objective|gain|utility")
"""What is climbed is called so."""
_NEGATIVE = re.compile(r"(?i)neg|nll|^-")
"""What is called so is small again."""

WORK = 200_000.0
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
            record = _record_turn(turn)
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
            fits = _judge_gradients(record, gradients, options.loss, attempt, quick=quick)
            if fits:
                words = " ".join(_describe(record, one) for one in fits)
                checked = [part for one in fits for part in one.gradients]
                found = next((one for one in fits if not one.found.ok), fits[0]).found
                rest = _list_unchecked(record, checked)
                words += f" Not checked: {', '.join(rest)}." if rest else ""
                yield found, rename(words), not rest
                return


@dataclass
class _Fit:
    """The verdict on gradients with one loss.

    Attributes:
        left_out: the statements that change the gradients for the step, and are not carried out.
        other: the verdict without some statements, where it is no better before experiments.
    """

    gradients: Sequence[Gradient]
    loss: Loss
    split: Split
    found: Comparison
    left_out: frozenset[int] = frozenset()
    other: _Fit | None = None

    @property
    def is_free(self) -> bool:
        """Return whether the loss is known but for a factor."""
        return self.loss.is_meant or any(one.is_free for one in self.gradients)

    @property
    def own(self) -> list[NodeResult]:
        return [one for one in self.found.results if one.name in self.split.names.values()]

    @property
    def right(self) -> frozenset[str]:
        return frozenset(str(one.name) for one in self.own if one.status is Status.CORRECT)

    @property
    def is_said(self) -> bool:
        return self.loss.is_said and not self.is_free

    def is_proven(self, body: Body) -> bool:
        """Return whether the gradients are of this loss: some are right, or lead there, or a change makes them so."""
        is_on_the_way = any(one.status is Status.CORRECT and np.size(one.actual) > 1 for one in self.found.results)
        is_alone = len(self.own) == 1 and self.loss.is_in(body) and bool(self.gradients[0].is_moved_by)
        return bool(self.right) or (
            not self.found.ok and self.is_said and (bool(self.found.patch) or is_alone or is_on_the_way)
        )


def _judge_gradients(
    record: Record, gradients: Sequence[Gradient], named: str, attempt: Attempt, *, quick: bool
) -> Sequence[_Fit]:
    """Return the verdict with the loss that the gradients are of, for each network apart where each has its own."""
    body = record.turn.body
    work = [WORK]
    fits: list[_Fit] = []
    computed = [one for one in losses(record, named) if named in ("", one.text)]
    kinds = (evaluated_losses, named_losses)
    beside = (one for kind in kinds for one in kind(record, gradients) if named in ("", one.text))
    parties = _parties(gradients) if sum(one.is_said for one in computed) > 1 else []
    for loss in (*computed, *beside):
        fit = _fit(record, gradients, loss)
        if fit is None:
            attempt.refused.append(loss)
        elif fit.found.ok and fit.right:
            return [_remark(record, _prove(fit, work, quick=quick))]
        else:
            fits.append(fit)
            if fit.right and len(parties) < 2:
                break
    apart = [_best_of_party(record, one, gradients, computed) for one in parties] if len(parties) > 1 else []
    # Where no gradient of a network is right, those that arrive from the other one are not.
    given = [one for one in apart if one is not None and one.right]
    if given:
        return [_remark(record, _prove(one, work, quick=quick)) for one in given]
    for fit in sorted(fits, key=lambda one: not one.right):
        if named or fit.right or (fit.is_said and (not quick or len(fit.own) == 1)):
            proven = _prove(fit, work, quick=quick)
            if named or proven.is_proven(body):
                return [_remark(record, proven)]
        attempt.refused.append(fit.loss)
    meant = [one for one in meant_losses(record, gradients) if named in ("", one.text)]
    guess = _best_guess([one for loss in meant if (one := _fit(record, gradients, loss)) is not None], attempt)
    seen = next((one.text for one in computed if one.is_said and one.is_in(body)), "")
    return [] if guess is None else [_remark(record, _prove(guess, work, quick=quick), seen)]


def _parties(gradients: Sequence[Gradient]) -> list[list[Gradient]]:
    """Return the gradients of each network apart: of what stands in one object, or list, that has a name."""
    found: dict[str, list[Gradient]] = {}
    for one in gradients:
        own = re.match(r"(self\.)?\w+(?=[.\[])", one.of.path)
        found.setdefault(own[0] if own else "", []).append(one)
    return list(found.values())


def _best_of_party(
    record: Record, party: Sequence[Gradient], gradients: Sequence[Gradient], losses_: Sequence[Loss]
) -> _Fit | None:
    """Return the verdict on the gradients of one network, with the loss that most of them are of."""
    own = {at for one in party for at in record.changed[one.of.path]}
    moved = {at for one in gradients for at in record.changed[one.of.path]}
    fits = (_fit(record, party, one, apart=frozenset(moved - own)) for one in losses_ if one.is_said)
    return max((one for one in fits if one is not None), key=lambda one: (one.found.ok, len(one.right)), default=None)


def _best_guess(fits: Sequence[_Fit], attempt: Attempt) -> _Fit | None:
    """Return the guessed loss that most gradients are of; None where two say another gradient is wrong."""
    ranked = sorted(
        fits, key=lambda one: (-len(one.right), not one.found.ok, not _is_usual(one.split.times, one.split))
    )
    if not ranked or not ranked[0].right:
        return None
    first, *others = ranked
    rivals = [one for one in others if len(one.right) == len(first.right) and one.right != first.right]
    if not first.found.ok and (rivals or _is_doubtful(first)):
        attempt.doubts = sorted(str(one.name) for one in first.own)
    return None if attempt.doubts else first


def _is_usual(times: float, split: Split) -> bool:
    """Return whether a loss times this is a sum, a mean or half of one."""
    sizes = {1, *(size for one in split.inputs.values() for size in (np.size(one), *np.shape(one)))}
    return any(np.isclose(abs(times) * size, part, 1e-7) for size in sizes for part in (0.5, 1.0, 2.0))


def _fit(
    record: Record,
    gradients: Sequence[Gradient],
    loss: Loss,
    *,
    left_out: frozenset[int] = frozenset(),
    apart: frozenset[int] = frozenset(),
) -> _Fit | None:
    """Return the verdict with one loss, without experiments; None where it cannot be had.

    Args:
        left_out: the statements that change the gradients for the step, and are not carried out.
        apart: those that move what has another loss.
    """
    try:
        split = Split(record, gradients, loss, left_out | apart)
        fit = _Fit(gradients, loss, split, _check(split), left_out)
        if flat := _passed_through_steps(fit):  # are gradients of no loss
            moving = [one for one in gradients if split.names[one.of.path] not in flat]
            return _fit(record, moving, loss, left_out=left_out, apart=apart) if moving else None
        _scale(record, fit)
    except (HandgradError, TurnError):
        return None
    of_the_step = frozenset() if fit.found.ok or left_out else record.of_the_step(gradients)
    without = _fit(record, gradients, loss, left_out=of_the_step, apart=apart) if of_the_step else None
    if without is not None and (without.found.ok or len(without.right) > len(fit.right)):
        return without
    fit.other = without if without is not None and len(without.right) == len(fit.right) else None
    return fit


def _passed_through_steps(fit: _Fit) -> set[str]:
    """Return the gradients that are passed straight through a step function, and are none of the loss."""
    still = [one for one in fit.own if np.any(one.actual) and not np.any(one.expected)]
    return {str(one.name) for one in still} if fit.split.has_steps else set()


def _scale(record: Record, fit: _Fit) -> None:
    """Find how many times its loss the gradients are of, and compare with that."""
    split, loss = fit.split, fit.loss
    # What a turn keeps is meant as it is; what is only shown may be a mean for a sum.
    if fit.is_free or (not fit.found.ok and loss.rank >= SHOWN):
        times = _factor(fit.own) if fit.is_free else _times(fit.own, is_elsewhere=loss.is_elsewhere)
        split.times = 1.0 if _climbs(fit.gradients, loss, times) else times
    _rescale(record, fit)
    if not loss.is_meant or (fit.right and _is_usual(split.times, split)):
        return
    # What one wrong gradient says alone may be no usual factor: then one of these is tried.
    unscaled = split.times
    for size in sorted({len(one) for one in record.after.values() if np.ndim(one)})[:MOST_SIZES]:
        split.times = 1.0 / size
        if _rescale(record, fit).right:
            return
    split.times = unscaled
    _rescale(record, fit)


def _rescale(record: Record, fit: _Fit) -> _Fit:
    """Compare with the loss times what its split says, and leave out weight decay."""
    fit.split.decays = {}
    fit.found = _check(fit.split)
    fit.split.decays = _decays(record, fit)
    fit.found = _check(fit.split) if fit.split.decays else fit.found
    return fit


def _prove(fit: _Fit, work: list[float], *, quick: bool) -> _Fit:
    """Look for what is on the way, and for the line of what is wrong with what is left of the work."""
    other = None if fit.other is None else _prove(fit.other, work, quick=quick)
    if other is not None and other.found.patch:
        return other
    fit.split.is_first = False
    with contextlib.suppress(HandgradError, TurnError):
        fit.found = _check(fit.split, work, quick=quick or fit.found.ok or work[0] <= 0)
    return other if other is not None and len(other.found.wrong) < len(fit.found.wrong) else fit


def _remark(record: Record, fit: _Fit, seen: str = "") -> _Fit:
    """Say with the verdict what the loss was taken for, in place of one that was `seen`, and what was left out."""
    loss, times, found = fit.loss, fit.split.times, fit.found
    meant = _OTHER if seen else _MEANT
    said = meant if loss.is_meant else _FREE if fit.is_free else _SCALED
    lines = [str(record.turn.statements[at].lineno) for at in sorted(fit.left_out)]
    parts = round(1 / times)
    share = f"1/{parts}" if parts > 1 and abs(parts * times - 1.0) < 1e-6 else f"{times:g}"
    share = "" if times == 1.0 else f"{share} times "
    remarks = [
        _OF_THE_STEP.format(s="s" * (len(lines) > 1), lines=listed(lines)) if lines else "",
        _DECAY.format(names=listed(fit.split.decays)) if fit.split.decays else "",
        said.format(times=share, loss=loss.text, seen=seen) if fit.is_free or share else "",
        found.remark,
    ]
    found.remark = " ".join(filter(None, remarks))
    return fit


def _repeats(record: Record, inner: Record) -> bool:
    """Return whether a turn makes several of another one: what one moves, the other moves again and again."""
    outer, body = record.turn.body, inner.turn.body
    is_inside = outer.lineno < body.lineno <= (outer.end_lineno or 0)
    return is_inside and _moved_by(record) <= _moved_by(inner)


def _moved_by(record: Record) -> set[int]:
    return {id(one.of.value) for one in record.gradients()}


def _describe(record: Record, fit: _Fit) -> str:
    """Say what was compared with what."""
    names = ", ".join(
        f"{one.path} of {one.of.path}" if one.path else f"what moves {one.of.path}" for one in fit.gradients
    )
    return f"Checked {called_body(record.turn.body)} against {fit.loss.text} (line {fit.loss.line}): {names}."


def _list_unchecked(record: Record, gradients: Sequence[Gradient]) -> list[str]:
    known = {one.of.path for one in gradients}
    moved = [one for one in record.moved if one.path not in known and isinstance(one.value, np.ndarray)]
    return [one.path for one in moved if not record.is_kept(one) and last_name(one.path) not in record.turn.overwritten]


def _times(own: Sequence[NodeResult], *, is_elsewhere: bool) -> float:
    """Return how many times those of the loss gradients are: as of a sum, or downhill; 1.0 where one is right as it is.

    Args:
        is_elsewhere: whether the loss is one of other data; then it may be twice what is meant.
    """
    times = 1.0 if len(own) < 2 or any(one.status is Status.CORRECT for one in own) else _factor(own)
    return times if abs(2 * times - round(2 * times)) < 1e-6 and (times < 0 or times > 2 or is_elsewhere) else 1.0


def _climbs(gradients: Sequence[Gradient], loss: Loss, times: float) -> bool:
    """Return whether a step along gradients of so many times a loss makes it larger, and it should not be large."""
    is_to_be_large = _TO_BE_LARGE.search(loss.text) and not _NEGATIVE.search(loss.text)
    return not is_to_be_large and any(one.is_moved_by and one.rate * times < 0 for one in gradients)


def _factor(own: Sequence[NodeResult]) -> float:
    """Return how many times those of the loss most gradients are; 1.0 where that is not known."""
    given: Counter[float] = Counter()
    for ratio, one in _ratios(own):
        # One number is some multiple of any other.
        given[ratio] += 2 if np.size(one.actual) > 1 or abs(ratio) in (0.5, 1.0, 2.0) else 1
    (first, count), (_, second) = (*given.most_common(2), (1.0, 0), (1.0, 0))[:2]
    return first if count > max(second, 1) else 1.0


def _ratios(own: Sequence[NodeResult]) -> Iterator[tuple[float, NodeResult]]:
    """Yield how many times its loss's each gradient is that is a multiple of that."""
    for one in own:
        ratio = float(f"{_ratio(one.actual, one.expected) or 0.0:.9g}")
        if ratio:
            yield ratio, one


def _is_doubtful(fit: _Fit) -> bool:
    """Return whether as many gradients are of a sum as are of a mean, and nothing says which is meant."""
    counts = Counter(ratio for ratio, _ in _ratios(fit.own) if _is_usual(ratio * fit.split.times, fit.split))
    (_, first), (_, second) = (*counts.most_common(2), (1.0, 0), (1.0, 0))[:2]
    return first == second > 0


def _decays(record: Record, fit: _Fit) -> dict[str, Decay]:
    """Return the parameters of which, or of whose signs, gradients have some share too much, and the share.

    Less than a loss that is meant as a whole has of a parameter is no weight decay, but a mistake; and so is more,
    where the loss has a penalty of its size.
    """
    split, loss = fit.split, fit.loss
    is_whole = split.times == 1.0 and not loss.is_elsewhere
    is_guess = fit.is_free or loss.rank >= SHOWN
    if not (is_guess or fit.left_out) and record.of_the_step(fit.gradients):  # is tried without these
        return {}
    wrong = {str(one.name): one for one in fit.own if one.status is Status.WRONG and np.size(one.node.data) > 1}
    uses = consumers(topological_order(fit.found.root))
    found: dict[str, Decay] = {}
    reading: list[str] = []
    for gradient in fit.gradients:
        one = wrong.get(split.names[gradient.of.path])
        if one is None or (not loss.is_elsewhere and _is_penalised(one.node, uses)):
            continue
        more = np.reshape(one.actual, -1) - np.reshape(one.expected, -1)
        known = ((one.node.data, False), (np.sign(one.node.data), True))
        shares = (Decay(_ratio(more, of) or 0.0, is_of_signs) for of, is_of_signs in known if np.ptp(of))
        decay = next((each for each in shares if each.share > 0 or (each.share and not is_whole)), None)
        if decay is not None:
            found[str(one.name)] = decay
        elif record.reads_parameter(gradient):
            reading.append(str(one.name))
    # What is wrong in another way as well is taken for as much of its parameter as the others are.
    alike = {one._replace(share=float(f"{one.share:.6g}")) for one in found.values()}
    return found | dict.fromkeys(reading, min(found.values())) if len(alike) == 1 else found


def _is_penalised(node: Value, uses: Mapping[Value, Sequence[tuple[Value, int]]]) -> bool:
    """Return whether a parameter, or a part of it, is squared as it stands, or its size is taken."""
    into = [one for one, _ in uses.get(node, ())]
    names = [(one, "" if one.op is None else one.op.name) for one in into]
    return any(
        name in ("**", "norm", "abs") or into.count(one) > 1 or (name in _SAME and _is_penalised(one, uses))
        for one, name in names
    )


def _ratio(value: Any, of: Any) -> float | None:
    """Return how many times a gradient is another one; None where it is no multiple of that."""
    one, other = np.ravel(value).astype(float), np.ravel(of).astype(float)
    times = float(one @ other) / float(other @ other) if one.shape == other.shape and other.any() else 0.0
    return times if np.allclose(one, times * other, rtol=1e-6, atol=1e-9 * abs(one).max(initial=0.0)) else None


def _check(split: Split, work: list[float] | None = None, *, quick: bool = True) -> Comparison:
    """Return the verdict on a split: on its gradients alone, or with lines, for which no more is done than the work."""
    with hold_effects() as effects, split.functions() as (forward, backward), bar() as progress:
        effects.was_run = True  # the file has run
        deadline = None if work is None else Deadline(progress, work=WORK if quick else work[0])
        # Of parameters that begin with zeros, a mistake may show elsewhere alone.
        points = 1 if all(np.any(one.of.value) for one in split.gradients) else 2
        try:
            return check_at_points(forward, backward, split.inputs, deadline, quick=quick, points=points, keeps=False)
        finally:
            if work is not None and deadline is not None:
                work[0] -= deadline.spent


def _record_turn(turn: Turn) -> Record | None:
    while True:
        try:
            with hold_effects(), quietly():
                return Record(turn)
        except TurnError as error:
            if not (isinstance(error.__cause__, OSError) and turn.drop_statement(error.__cause__)):
                return None
