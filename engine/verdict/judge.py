"""The verdict on each node, from the output on: what may stand for the truth, and what follows from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import inf, isfinite
from typing import Any, NamedTuple

from ..value import Value
from . import late
from .float_error import Edges, FloatErrors
from .rounding import CLOSE, FEWEST, MOST_KEPT, Roundings, decimals_of, half_digit_typed, is_too_short
from .status import Status, Verdicts
from .sweep import reached
from .tolerance import NOISE, Tolerance
from .written import Written

ANYTHING = 1e300
"""As a slack: no number is too far off."""
FAR = 1e-4
"""No float error of double precision is so large a share of the largest gradient of all."""


class Stray(NamedTuple):
    """A number that is not the truth at first sight.

    Attributes:
        arrived: what its consumers pass on to it by the learner's own numbers.
        follows: whether it may stand for that; of an array, which entries, among them those that are the truth.
        is_true: of an array, which entries may stand for the truth.
        agrees: whether what its consumers pass on by the true numbers is the truth, or which entries of it.
    """

    arrived: Any
    follows: Any
    is_true: Any = False
    agrees: Any = True


def judge(
    order: Sequence[Value],
    actual: Sequence[Any],
    expected: Sequence[Any],
    written: Mapping[int, Written],
    places: Sequence[int],
    tolerance: Tolerance,
    noise: Mapping[Value, Any],
    *,
    is_foreign: bool,
    chosen: Mapping[Value, Sequence[Any]],
) -> Verdicts:
    """Return the verdicts on the nodes that are not plainly right.

    Args:
        order: the nodes in backward order.
        actual: what stands in the grad of each.
        expected: the true gradient of each.
        written: what the learner wrote, by their places in the order, at the nodes whose grad is no finite float.
        places: of the nodes to be judged, in order, those of `written` among them; every other node's grad is right.
        tolerance: when a number counts as equal.
        noise: how far the true gradient of a node may itself be off.
        is_foreign: whether the truth is not autodiff's: then the local derivatives are themselves in doubt, and a
            number that follows from them is right only where the truth agrees.
        chosen: local derivatives that are others than their operation's rule says, see `ties`.
    """
    if not places:
        return Verdicts({}, {}, {})
    numbers, precisions = list(actual), {place: one.precision for place, one in written.items() if one.precision}
    for place, one in written.items():
        numbers[place] = one.number
    off = {place: noise.get(order[place], 0.0) for place in places} if noise else {}
    edges = Edges(order, chosen)
    errors = FloatErrors(edges, expected)
    learner = _Learner(edges, errors, numbers, expected, written, precisions, off, tolerance, is_foreign)
    learner.follow(places)
    learner.blame(kept=0)
    kept = learner.decimals_kept() if tolerance.typed and learner.is_accused else 0
    if kept:
        learner.blame(kept=kept)
    if tolerance.typed and learner.suspects:
        learner.allow_for_roundings(kept)
    return Verdicts(learner.statuses, errors, learner.rough)


def all_of(status: Status, shape: tuple[int, ...]) -> Any:
    """Return the status of a number, or of an array all of whose entries have it."""
    return late.entries().all_of(status, shape) if shape else status


class _Learner:
    """Somebody's numbers, None where there is none, and what follows from them; the arguments are those of `judge`.

    What follows from an array of another shape than its node's is judged on that array: it goes on as it is, and where
    an operation is applied entry by entry, what arrives is known both summed to the operand's shape and not.

    Attributes:
        statuses, rough: as of `Verdicts`.
        is_accused: whether anything is WRONG.
        suspects: what is accused though a mistake nearer the output reaches it: from where it does, by places.
    """

    def __init__(
        self,
        edges: Edges,
        errors: FloatErrors,
        numbers: list[Any],
        expected: Sequence[Any],
        written: Mapping[int, Written],
        precisions: Mapping[int, float],
        off: Mapping[int, Any],
        tolerance: Tolerance,
        is_foreign: bool,
    ) -> None:
        self._edges, self._order, self._errors, self._numbers = edges, edges.order, errors, numbers
        self._expected, self._written, self._precisions = expected, written, precisions
        self._off, self._tolerance, self._is_foreign = off, tolerance, is_foreign
        self._strays: dict[int, Stray] = {}
        self._passing: list[int] = []
        self._misshapen: dict[int, Any] = {}
        self._unsummed: dict[int, list[Any]] = {}
        self._anything: set[int] = set()
        self._true: dict[int, bool] = {}
        self.statuses: dict[int, Any] = {}
        self.rough: dict[int, Any] = {}
        self.suspects: dict[int, Any] = {}
        self.is_accused = False

    @cached_property
    def _far(self) -> float:
        """How far nothing is off by float error of double precision."""
        return FAR * max(map(abs, [one for one in self._expected if one.__class__ is float]), default=inf)

    def follow(self, places: Sequence[int]) -> None:
        """Find what is not the truth at first sight, and what arrives there and at what is blank."""
        doubtful = self._doubtful(places)
        if not doubtful:
            return
        asked = doubtful.union(place for place, one in self._written.items() if one.number is None)
        wanted = {self._order[place] for place in asked}
        self._passing = [
            place
            for place, node in enumerate(self._order[: max(asked)])
            if node._first in wanted or node._second in wanted or (node._rest and not wanted.isdisjoint(node._rest))
        ]
        length = len(self._order)
        zeros: list[list[Any]] = [[0.0] * length for _ in range(3)]
        chain, sizes, truths = zeros
        chain[0] = sizes[0] = truths[0] = 1.0
        numbers, edges, is_rounding = self._numbers, self._edges, Roundings()
        for place in sorted(doubtful.union(self._passing)):
            number, up = numbers[place], chain[place]
            if place in doubtful:
                self._strays[place] = self._stray(place, up, sizes[place], truths[place], is_rounding)
            elif number is None and (unsummed := self._arrived_unsummed(place, up)) is not None:
                self._misshapen[place] = unsummed
            if number is not None:
                up = number if number.__class__ is float else late.entries().filled_up(number, up)
            up_size, is_misshapen = abs(up), place in self._misshapen
            for at, local, size in edges[place]:
                passed, passed_size = up * local, up_size * size
                if is_misshapen:
                    passed, passed_size = self._passed_misshapen(place, at, local, passed, passed_size)
                chain[at], sizes[at] = chain[at] + passed, sizes[at] + passed_size
                if self._is_foreign:
                    truths[at] = truths[at] + self._expected[place] * local

    def _passed_misshapen(self, place: int, at: int, local: Any, passed: Any, size: Any) -> tuple[Any, Any]:
        """Return what an array of another shape than its node's passes on, and its size; else what was to be passed."""
        shapes = self._order[place].shape, self._order[at].shape
        found = late.entries().passed_misshapen(self._misshapen[place], local, *shapes)
        if found is None:
            self._anything.add(place)
            return passed, size
        passed, unsummed = found
        if unsummed is not None:
            self._unsummed.setdefault(at, []).extend((unsummed, -passed))
        return passed, abs(passed)

    def _arrived_unsummed(self, place: int, arrived: Any) -> Any:
        """Return what arrives at a node where nothing is summed; None where that is not known, or fits no shape."""
        parts = self._unsummed.get(place)
        return late.entries().added(arrived, *parts) if parts else None

    def _doubtful(self, places: Sequence[int]) -> set[int]:
        """Find where something stands that is not the truth at first sight; note what is blank, and what is right."""
        (rtol, atol, typed), is_rounding, found = self._tolerance, Roundings(), set()
        numbers, expected, precisions = self._numbers, self._expected, self._precisions
        for place in places:
            number, truth = numbers[place], expected[place]
            if number.__class__ is float:
                size = abs(truth)
                if not abs(number - truth) <= rtol * size + atol:
                    noise = precisions[place] * size if place in precisions else 0.0
                    if not (typed and is_rounding(number, truth, noise)):
                        found.add(place)
                continue
            grad, shape = self._written[place].grad, self._order[place].shape
            status = Status.CORRECT if number is not None else Status.MISSING if grad is None else Status.WRONG
            self.statuses[place] = all_of(status, shape)
            if number is not None:
                precision, noise = precisions.get(place, 0.0), self._off.get(place, 0.0)
                if not late.entries().all_near(self._tolerance, number, truth, noise, precision):
                    found.add(place)
            elif grad is not None:
                found.add(place)
                other = late.entries().read_other(grad) if shape else None
                if other is not None:
                    self._misshapen[place] = other
                elif shape:
                    self._anything.add(place)
        return found

    def _stray(self, place: int, arrived: Any, size: Any, truth: Any, is_rounding: Roundings) -> Stray:
        number, node, tolerance = self._numbers[place], self._order[place], self._tolerance
        precision, expected = self._precisions.get(place, 0.0), self._expected[place]
        agrees: Any = True
        if self._is_foreign:
            agrees = abs(truth - expected) <= tolerance.allowed(
                expected, self._errors[place], self._off.get(place, 0.0)
            )
        if not node.shape:
            follows = number is not None and isfinite(arrived)
            if follows:
                off = abs(number - arrived)
                follows = (
                    off <= tolerance.allowed(arrived, size, 0.0, precision)
                    or (tolerance.typed and is_rounding(number, arrived, max(NOISE, precision) * size))
                    or self._is_noise(place, off)
                )
            return Stray(arrived, follows, False, agrees)
        entries = late.entries()
        if number is None:
            other, follows = self._misshapen.get(place), False
            chain = self._arrived_unsummed(place, arrived)
            if other is not None and chain is not None:
                is_same = chain.shape == other.shape
                follows = is_same and bool(entries.accepted(tolerance, other, chain, abs(chain)).all())
            return Stray(arrived, follows)
        errors, noise = self._errors[place], self._off.get(place, 0.0)
        is_true = entries.accepted(tolerance, number, expected, errors, noise, precision)
        found = Stray(arrived, False, is_true, agrees)
        sizes = entries.larger(size, errors)
        follows = entries.following(tolerance, number, found, sizes, expected, NOISE * errors, precision)
        return found._replace(follows=follows)

    def _is_true(self, place: int) -> bool:
        """Return whether a number is as near to the truth as float error allows."""
        if place not in self._true:
            number, truth = self._numbers[place], self._expected[place]
            precision, noise = self._precisions.get(place, 0.0), self._off.get(place, 0.0)
            off, allowed = abs(number - truth), self._tolerance.allowed(truth, 0.0, noise, precision)
            self._true[place] = off <= allowed < inf or self._is_noise(place, off - noise)
        return self._true[place]

    def _is_noise(self, place: int, off: float) -> bool:
        """Return whether a number is as near to something as the float error of the true gradient is large."""
        precision = self._precisions.get(place, 0.0)
        if off > self._far and not precision:
            return False
        return bool(off <= max(NOISE, precision) * self._errors[place] < inf)

    def decimals_kept(self) -> int:
        """Return to how many decimals what shows too few, or else all that is written, is rounded; 0 for none."""
        numbers: Any = (one for one, node in zip(self._numbers, self._order) if not node.is_constant)
        if self.rough:
            rough = ((self._numbers[place], one) for place, one in self.rough.items())
            numbers = (number if is_rough is True else number[is_rough] for number, is_rough in rough)
        kept = 0
        for number in numbers:
            for one in () if number is None else (number,) if number.__class__ is float else number.ravel().tolist():
                kept = max(kept, decimals_of(one) if one else 0)
                if kept > MOST_KEPT:
                    return 0
        return kept if self.rough or kept > FEWEST else 0

    def blame(self, *, kept: int) -> None:
        """Tell where a mistake is made from what follows from it; `kept` as of `rounding.is_too_short`."""
        self.rough, self.suspects = {}, {}
        taint: list[Any] = [False] * len(self._order)
        for place in range(min(self._strays, default=len(taint)), len(taint)):
            is_tainted, stray = taint[place], self._strays.get(place)
            if is_tainted is False and stray is None:
                continue
            number, shape = self._numbers[place], self._order[place].shape
            if number is None:
                if stray is not None:
                    status = Status.CARRIED if stray.follows else Status.WRONG
                    self.statuses[place] = all_of(status, shape)
                    is_tainted = late.entries().everywhere(shape) if shape else is_tainted
            elif shape:
                is_tainted = self._blame_array(place, stray, is_tainted, kept)
            else:
                is_tainted = self._blame_number(place, stray, bool(is_tainted), kept)
            if is_tainted is False:
                continue
            for at, local, _ in self._edges[place]:
                taint[at] = taint[at] | (is_tainted if local.__class__ is float else reached(is_tainted, local))

    def _blame_number(self, place: int, stray: Stray | None, is_tainted: bool, kept: int) -> bool:
        """Judge a number, and return whether what follows from it is wrong, too."""
        number, is_rough = self._numbers[place], False
        is_true = (stray is None or is_tainted or not stray.follows) and self._is_true(place)
        if stray is None or is_true:
            # What a mistake reaches may be right to the digits that are typed and still be off.
            self.statuses[place] = Status.CORRECT
            return not is_true
        if stray.follows:
            status = Status.CARRIED if is_tainted else Status.CORRECT if stray.agrees else Status.WRONG
        elif not self._tolerance.typed:
            status = Status.WRONG
        elif (kept or not is_tainted) and is_too_short(number, self._expected[place], kept):
            # What a mistake reaches is near the truth by chance, too.
            status, is_rough = Status.WRONG, True
        else:
            is_near = is_too_short(number, stray.arrived, kept)
            status = Status.CARRIED if is_near and is_tainted and kept else Status.WRONG
            is_rough = is_near and not is_tainted
        self.statuses[place] = status
        if is_rough:
            self.rough[place] = True
        self.is_accused = self.is_accused or status is Status.WRONG
        if status is Status.WRONG and is_tainted:
            self.suspects[place] = True
        return is_tainted or (status is not Status.CORRECT and not is_rough)

    def _blame_array(self, place: int, stray: Stray | None, taint: Any, kept: int) -> Any:
        """Judge an array, and return from which of its entries what follows is wrong, too; False for none."""
        entries, number, expected = late.entries(), self._numbers[place], self._expected[place]
        is_near: Any = True
        if taint is not False:
            noise, precision = self._off.get(place, 0.0), self._precisions.get(place, 0.0)
            is_near = entries.near(self._tolerance, number, expected, self._errors[place], noise, precision)
        codes, taints, is_rough = entries.blame(
            number, expected, stray, taint, is_near, is_typed=self._tolerance.typed, kept=kept
        )
        self.statuses[place] = codes
        self.is_accused = self.is_accused or entries.count(codes, Status.WRONG) > 0
        if is_rough.any():
            self.rough[place] = is_rough
        if entries.has_suspects(codes, taint):
            self.suspects[place] = taint
        return taints

    def allow_for_roundings(self, kept: int) -> None:
        """Acquit the suspects that follow from numbers which are known to half their last digit only.

        After a mistake there is no truth to compare a number with. What arrives at a node stays as it was, and a
        mistake reaches what it reached.
        """
        slack: list[Any] = [0.0] * len(self._order)
        wanted = {place for place, number in enumerate(self._numbers) if number is None or place in self.suspects}
        for place in sorted({*self.suspects, *self._passing}):
            number, is_rough, arrived = self._numbers[place], self.rough.get(place, False), slack[place]
            if place in self.suspects and not (arrived.__class__ is float and not arrived):
                self._acquit(place, arrived, kept)
            uses = [use for use in self._edges[place] if use[0] in wanted]
            if not uses:
                continue
            if place in self._anything:
                half: Any = ANYTHING
            elif number is None:
                half = arrived
            elif number.__class__ is float:
                half = half_digit_typed(number, kept, is_rough)
            else:
                half = late.entries().half_digits(number, kept, is_rough)
            if half.__class__ is float and self._order[place].shape:
                half = late.entries().spread(half, self._order[place].shape)
            for at, _, size in uses:
                slack[at] = slack[at] + half * size

    def _acquit(self, place: int, slack: Any, kept: int) -> None:
        number, stray = self._numbers[place], self._strays[place]
        if number.__class__ is not float:
            late.entries().acquit(self.statuses[place], number, stray, slack, self.suspects[place], kept)
        elif isfinite(stray.arrived) and abs(number - stray.arrived) <= half_digit_typed(number, kept) * CLOSE + slack:
            self.statuses[place] = Status.CARRIED
