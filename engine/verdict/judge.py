"""The verdict on each node, from the output on: what may stand for the truth, and what follows from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import inf, isfinite
from typing import Any

from ..loading import LazyModule, np
from ..value import Value
from . import entries, rounding
from .rounding import (
    FARTHEST,
    NOISE,
    Edges,
    FloatErrors,
    Tolerance,
    UserGradient,
    half_digit_typed,
    is_rounding,
    is_too_short,
    reach_of,
)
from .status import CODES, Status

amounts, array_edges = LazyModule("handgrad", "amounts"), LazyModule("handgrad.arrays", "edges")

ANYTHING = 1e300
"""As a slack: no number is too far off."""
FAR = 1e-7
"""No float error of double precision is so large a share of the largest gradient of all."""


class Verdicts:
    """The verdicts on the nodes of a graph that are not plainly right, by their places in the backward order.

    What follows from an array of another shape than its node's is checked on that array: it goes on as it is, and where
    an operation is applied entry by entry, what arrives is known both summed to the operand's shape and not.

    Args:
        order, actual, expected: the nodes in backward order, what stands in the grad of each, and its true gradient.
        written: what the learner wrote, by their places in the order, at the nodes whose grad is no finite float.
        places: of the nodes to be checked, in order, those of `written` among them; every other node's grad is right.
        tolerance: when a number counts as equal.
        noise: how far the true gradient of a node may itself be off.
        is_foreign: whether the truth is not autodiff's: then the local derivatives are themselves in doubt, and a
            number that follows from them is right only where the truth agrees.
        chosen: local derivatives that are others than their operation's rule says, see `ties`.

    Attributes:
        statuses: SKIPPED apart; of an array the codes of its entries'. A number without one is CORRECT.
        sizes: the float error of the true gradient, as the summed sizes of what it is the sum of.
        rough: of those that are WRONG and yet right to too few decimals, that they are, or which entries.
    """

    def __init__(
        self,
        order: Sequence[Value],
        actual: Sequence[Any],
        expected: Sequence[Any],
        written: Mapping[int, UserGradient],
        places: Sequence[int],
        tolerance: Tolerance,
        noise: Mapping[Value, Any],
        *,
        is_foreign: bool,
        chosen: Mapping[Value, Sequence[Any]],
    ) -> None:
        self.statuses: dict[int, Any] = {}
        self.sizes: Mapping[int, Any] = {}
        self.rough: dict[int, Any] = {}
        if not places:
            return
        self._order, self._places, self._edges = order, places, Edges(order, chosen)
        self._expected, self._written, self._tolerance, self._is_foreign = expected, written, tolerance, is_foreign
        # What arrives at an input left blank goes nowhere, and to a batch it is as much work as to the weights.
        self._blank_inputs = {at for at, one in written.items() if one.grad is None and order[at].op is None}
        self.sizes = FloatErrors(self._edges, expected, {*places} - self._blank_inputs if written else places)
        # The learner's numbers, None where there is none, and how far the true gradients may themselves be off.
        self._numbers, self._count = list(actual), len(order)
        for place, one in written.items():
            self._numbers[place] = one.number
        self._precisions = {place: one.precision for place, one in written.items() if one.precision}
        self._off = {place: noise.get(order[place], 0.0) for place in places} if noise else {}
        # By places, what consumers pass on by the learner's own numbers, its size, and the same by the true ones.
        self._arrived, self._arrived_sizes, self._by_truth = ([1.0, *[0.0] * self._count] for _ in range(3))
        # Of what is not the truth at first sight, and of its entries: whether it may stand for what arrives, or for the
        # truth; and whether what consumers pass on by the true numbers is the truth, where another is given.
        self._follows: dict[int, Any] = {}
        self._true: dict[int, Any] = {}
        self._agrees: dict[int, Any] = {}
        self._misshapen: dict[int, Any] = {}
        self._unsummed: dict[int, list[Any]] = {}
        self._anything: set[int] = set()
        self._shown: dict[int, Any] = {}  # of arrays, see `entries.Decimals`
        # Whether anything is the truth only as a rounding of it.
        self._is_rounded = False
        # What is accused though a mistake nearer the output reaches it: from where it does, by places; and the same
        # of what a number with too few decimals reaches.
        self._suspects: dict[int, Any] = {}
        self._blurred: dict[int, Any] = {}
        self._is_accused = False
        self._judge()

    def _judge(self) -> None:
        """Find the verdicts: what follows from what, then who is to blame, and at last what roundings excuse."""
        self._follow()
        if self._follows and not self._written:  # of numbers, only those near the truth may be off by its float error
            numbers, expected, far = self._numbers, self._expected, self._far
            near = (place for place in self._follows if abs(numbers[place] - expected[place]) <= far)
            self.sizes = FloatErrors(self._edges, expected, near)
        is_typed = self._tolerance.typed
        self._blame(kept=0)
        kept = self._decimals_kept() if is_typed and self._is_accused else 0
        if kept:
            self._blame(kept=kept)
        if self.rough:
            self._suspect_below_rough()
        if is_typed and (self._suspects or self._blurred):
            self._allow_for_roundings(kept)

    @cached_property
    def _far(self) -> float:
        """How far nothing is off by float error of double precision."""
        numbers = self._expected[: self._upstream[-1] + 1]
        if self._written:
            numbers = [one if one.__class__ is float else amounts.largest(one) for one in numbers]
        largest, smallest = max(numbers), min(numbers)
        return FAR * max(largest, -smallest)

    def _follow(self) -> None:
        """Find what is not the truth at first sight, and what arrives there and at what is blank."""
        doubtful = self._doubtful()
        if not doubtful:
            return
        numbers, rows, is_foreign, nowhere = self._numbers, self._edges.rows, self._is_foreign, self._count
        # Up to the first number that is not the truth to the last bit, or a rounding of it, what arrives is the truth.
        is_plain = not (self._tolerance.typed or is_foreign)
        start = next(place for place in range(nowhere) if not is_plain or place in doubtful or self._is_off(place))
        blank = {place for place, one in self._written.items() if one.number is None and place > start}
        self._asked = doubtful | (blank - self._blank_inputs)
        arrived, sizes, by_truth = self._arrived, self._arrived_sizes, self._by_truth
        # Behind relu much is 0, and passes nothing on.
        self._upstream = [
            place
            for place in rounding.upstream_places(self._order, self._asked)
            if is_foreign or numbers[place].__class__ is not float or numbers[place] or place in doubtful
        ]
        self._edges.find(self._upstream)
        for place in self._upstream:
            number, up = numbers[place], arrived[place] if place >= start else self._expected[place]
            if place in doubtful:
                self._note_following(place, number, up)
            elif number is None and (unsummed := self._arrived_unsummed(place)) is not None:
                self._misshapen[place] = unsummed
            if number.__class__ is float:
                if not number and not is_foreign:
                    continue
                up = number
            elif number is not None:
                up = entries.fill_blanks(number, up)
            first, by_first, second, by_second = rows[place]
            if first == nowhere:
                self._pass_on_wide(place, up)
                continue
            up_size = abs(up)
            arrived[first] += up * by_first
            arrived[second] += up * by_second
            sizes[first] += up_size * abs(by_first)
            sizes[second] += up_size * abs(by_second)
            if is_foreign:
                by_truth[first] += self._expected[place] * by_first
                by_truth[second] += self._expected[place] * by_second

    def _is_off(self, place: int) -> bool:
        """Return whether a number that was written is not the truth to the last bit."""
        number, truth = self._numbers[place], self._expected[place]
        return number is not None and not (number == truth if number.__class__ is float else (number == truth).all())

    def _note_following(self, place: int, number: Any, arrived: Any) -> None:
        """Note whether what stands at a place, or each of its entries, may stand for what arrives there."""
        if self._is_foreign:
            self._agrees[place] = self._is_near(place, self._by_truth[place])
        if number.__class__ is not float:
            self._follows[place] = self._entries_following(place, number, arrived, self._arrived_sizes[place])
            return
        off, (rtol, atol, _) = abs(number - arrived), self._tolerance
        # Of float noise `_blame_number` asks.
        self._follows[place] = off <= rtol * abs(arrived) + atol < inf or self._tolerance.accepts(
            number, arrived, self._arrived_sizes[place], 0.0, self._precisions.get(place, 0.0)
        )

    def _pass_on_wide(self, place: int, up: Any) -> None:
        """Pass on to the operands of an operation on arrays, or on more than two numbers, what was written there."""
        arrived, sizes, by_truth = self._arrived, self._arrived_sizes, self._by_truth
        is_misshapen = place in self._misshapen
        for operand, local, size in self._edges.wide.get(place, ()):
            if operand not in self._asked and not is_misshapen:
                continue
            passed, passed_size = up * local, abs(up) * size
            if is_misshapen:
                passed, passed_size = self._pass_misshapen(place, operand, local, passed, passed_size)
            arrived[operand] = arrived[operand] + passed
            sizes[operand] = sizes[operand] + passed_size
            if self._is_foreign:
                by_truth[operand] = by_truth[operand] + self._expected[place] * local

    def _pass_misshapen(self, place: int, operand: int, local: Any, passed: Any, size: Any) -> tuple[Any, Any]:
        """Return what an array of another shape than its node's passes on, and its size; else what was to be passed."""
        other, shape = self._misshapen[place], self._order[operand].shape
        try:
            found = other * local
            if np.shape(found) != shape or not np.isfinite(found).all():
                raise ValueError
            if self._order[place].shape == shape and not isinstance(local.coefficient, tuple):
                unsummed = other * np.asarray(local.coefficient)
                # What is summed over what was broadcast comes unsummed, too.
                if unsummed.shape == other.shape and np.allclose(array_edges.summed_to(unsummed, shape), found):
                    self._unsummed.setdefault(operand, []).extend((unsummed, -found))
        except (ValueError, IndexError, TypeError):  # nothing fits
            self._anything.add(place)
            return passed, size
        return found, abs(found)

    def _arrived_unsummed(self, place: int) -> Any:
        """Return what arrives at a node where nothing is summed; None where that is not known, or fits no shape."""
        parts = self._unsummed.get(place)
        try:
            return sum(parts, self._arrived[place]) if parts else None
        except ValueError:  # the shapes do not fit together
            return None

    def _doubtful(self) -> set[int]:
        """Find where something stands that is not the truth at first sight; note what is blank, and what is right."""
        (rtol, atol, typed), found = self._tolerance, set()
        numbers, expected, precisions = self._numbers, self._expected, self._precisions
        for place in self._places:
            number, truth = numbers[place], expected[place]
            if number.__class__ is float:
                size, off = abs(truth), abs(number - truth)
                if not off <= rtol * size + atol:
                    noise = precisions[place] * size if place in precisions else 0.0
                    # Most of what is carried on is too far off to be asked about.
                    if typed and off - noise <= FARTHEST * size and is_rounding(number, truth, noise):
                        self._is_rounded = True
                    else:
                        self._is_rounded = self._is_rounded or (typed and is_too_short(number, truth))
                        found.add(place)
                continue
            grad, shape = self._written[place].grad, self._order[place].shape
            status = Status.CORRECT if number is not None else Status.MISSING if grad is None else Status.WRONG
            self.statuses[place] = all_of(status, shape)
            if number is not None:
                precision, noise = precisions.get(place, 0.0), self._off.get(place, 0.0)
                if not entries.all_near(self._tolerance, number, truth, noise, precision):
                    found.add(place)
            elif grad is not None:
                found.add(place)
                other = entries.read_other(grad) if shape else None
                if other is not None:
                    self._misshapen[place] = other
                elif shape:
                    self._anything.add(place)
        return found

    def _is_near(self, place: int, gradient: Any) -> Any:
        """Return whether a gradient is the true one, or which of its entries are, whatever float error it has."""
        truth, noise = self._expected[place], self._off.get(place, 0.0)
        off, allowance = abs(gradient - truth), self._tolerance.allowance
        is_near = off <= allowance(truth, 0.0, noise)  # as mostly, without a sweep for the sizes
        return is_near if is_near is True else off <= allowance(truth, self.sizes[place], noise)

    def _entries_following(self, place: int, number: Any, arrived: Any, size: Any) -> Any:
        """Return which entries of an array may stand for what arrives; of another shape, whether it may."""
        tolerance = self._tolerance
        if number is None:
            other, chain = self._misshapen.get(place), self._arrived_unsummed(place)
            is_same = other is not None and chain is not None and chain.shape == other.shape
            return is_same and bool(entries.are_accepted(tolerance, other, chain, abs(chain)).all())
        truth, noise, precision = self._expected[place], self._off.get(place, 0.0), self._precisions.get(place, 0.0)
        offs = (number - truth, truth, 0.0, noise), (number - arrived, arrived, size)
        is_asked = tolerance.typed or precision or any(self._is_in_doubt(*one) for one in offs)
        errors = self.sizes[place] if is_asked else 0.0  # where they make no difference, without a sweep for them
        as_truth = truth, errors, noise, precision
        is_true = self._true[place] = entries.are_accepted(tolerance, number, *as_truth, self._decimals(place))
        if tolerance.typed and not self._is_rounded and is_true.any():
            self._is_rounded = bool((is_true & ~entries.near(tolerance, number, *as_truth)).any())
        follows = is_true.copy()
        chain, sizes = (np.broadcast_to(one, number.shape) for one in (arrived, np.fmax(size, errors)))
        with np.errstate(all="ignore"):
            # Where the learner's own numbers give the truth, but for float noise, what is not right follows neither.
            asked = ~is_true & ~(abs(chain - truth) <= NOISE * errors)
        if precision:  # its floor is that of the whole array
            return follows | (entries.are_accepted(tolerance, number, chain, sizes, 0.0, precision) & asked)
        follows[asked] = entries.are_accepted(tolerance, number[asked], chain[asked], sizes[asked])
        return follows

    def _is_in_doubt(self, off: Any, *reference: Any) -> bool:
        """Tell whether entries are further off than is allowed, and all by no more than float error may be.

        Where one is further off than that, the array is wrong whatever the others are, and no sweep is worth it.
        """
        off, most = abs(off), self._tolerance.allowance(*reference)
        return bool((off > most).any()) and not bool((off > most + self._far).any())

    def _is_true(self, place: int) -> bool:
        """Return whether a number is as near to the truth as float error allows."""
        truth, noise = self._expected[place], self._off.get(place, 0.0)
        off, precision = abs(self._numbers[place] - truth), self._precisions.get(place, 0.0)
        allowed = self._tolerance.allowance(truth, 0.0, noise, precision)
        return bool(off <= allowed < inf or self._is_noise(place, off - noise))

    def _is_noise(self, place: int, off: float) -> bool:
        """Return whether a number differs from something by no more than the float error of the true gradient."""
        precision = self._precisions.get(place, 0.0)
        if off > self._far and not precision:
            return False
        return bool(off <= max(NOISE, precision) * self.sizes[place] < inf)

    def _decimals(self, place: int) -> Any:
        if place not in self._shown:
            self._shown[place] = entries.Decimals(self._numbers[place])
        return self._shown[place]

    def _decimals_kept(self) -> int:
        """Return to how many decimals what shows too few, or else all, is rounded; 1 where too few, 0 for none."""
        kept = 0
        every: Any = (self._numbers[at] for at in range(self._count)[::-1] if not self._order[at].is_constant)
        rough = ((self._numbers[place], some) for place, some in self.rough.items())
        for number in (number if some is True else number[some] for number, some in rough) if self.rough else every:
            # Of an array each number once, and a few first, as mostly one shows all its digits.
            some = () if number is None or number.__class__ is float else (number.ravel()[:8], number.ravel())
            row = (one for part in some for one in {*part.tolist()})
            for one in (number,) if number.__class__ is float else row:
                kept = max(kept, rounding.decimals_of(one) if one else 0)
                if kept > rounding.MOST_KEPT:
                    return 0
        if self.rough:
            return kept
        fewest = rounding.FEWEST if self._is_rounded else rounding.ENOUGH
        return kept if kept >= fewest else rounding.ENOUGH if self._is_rounded else min(kept, 1)

    def _blame(self, *, kept: int) -> None:
        """Tell where a mistake is made from what follows from it; `kept` as of `rounding.is_too_short`."""
        self.rough, self._suspects = {}, {}
        taint: list[Any] = [False] * (self._count + 1)
        numbers, expected, follows, statuses = self._numbers, self._expected, self._follows, self.statuses
        edges, nowhere, carried = self._edges, self._count, Status.CARRIED
        far = inf if self._off or self._precisions or not follows else self._far
        for place in self._places if follows else ():  # what is right at first sight hands no mistake on
            is_tainted, is_following = taint[place], follows.get(place)
            if is_following is None and (is_tainted is False or self._order[place].op is None):
                continue
            number = numbers[place]
            if number.__class__ is float:
                if is_tainted and is_following and abs(number - expected[place]) > far:
                    statuses[place] = carried  # as nearly all of many are, written out
                    first, _, second, _ = edges.rows[place] or edges[place]
                    if first != nowhere:
                        taint[first] = taint[second] = True
                        continue
                else:
                    is_tainted = self._blame_number(place, number, bool(is_tainted), kept)
            elif number is not None:
                is_tainted = self._blame_array(place, number, is_tainted, kept)
            elif is_following is not None:
                shape = self._order[place].shape
                statuses[place] = all_of(Status.CARRIED if is_following else Status.WRONG, shape)
                is_tainted = np.full(shape, True) if shape else is_tainted
            if is_tainted is not False:
                self._pass_taint(place, is_tainted, taint)

    def _pass_taint(self, place: int, is_tainted: Any, taint: list[Any]) -> None:
        """Mark the operands that a mistake at this place reaches, and which of their entries."""
        first, _, second, _ = self._edges[place]
        if first != self._count:
            taint[first] = taint[second] = True
            return
        for operand, local, _ in self._edges.wide.get(place, ()):
            reach = reach_of(is_tainted, local)
            if reach is not False:
                taint[operand] = reach if taint[operand] is False else taint[operand] | reach

    def _blame_number(self, place: int, number: float, is_tainted: bool, kept: int) -> bool:
        """Check a number, and return whether what follows from it is wrong, too."""
        follows, is_rough = self._follows.get(place), False
        if follows is False and not (is_tainted and self._tolerance.typed and not kept):  # else `_acquit` asks
            follows = self._is_noise(place, abs(number - self._arrived[place]))
        is_true = (is_tainted or not follows) and self._is_true(place)
        if follows is None or is_true:
            # What a mistake reaches may be right to the digits that are typed and still be off.
            self.statuses[place] = Status.CORRECT
            return not is_true
        if follows:
            is_right = self._agrees.get(place, True)
            status = Status.CARRIED if is_tainted else Status.CORRECT if is_right else Status.WRONG
        elif not self._tolerance.typed:
            status = Status.WRONG
        elif (kept or not is_tainted) and is_too_short(number, self._expected[place], kept):
            # What a mistake reaches is near the truth by chance, too.
            status, is_rough = Status.WRONG, True
        else:
            is_near = is_too_short(number, self._arrived[place], kept)
            status = Status.CARRIED if is_near and is_tainted and kept else Status.WRONG
            is_rough = is_near and not is_tainted
        self.statuses[place] = status
        if is_rough:
            self.rough[place] = True
        self._is_accused = self._is_accused or status is Status.WRONG
        if status is Status.WRONG and is_tainted:
            self._suspects[place] = True
        return is_tainted or (status is not Status.CORRECT and not is_rough)

    def _blame_array(self, place: int, number: Any, taint: Any, kept: int) -> Any:
        """Check an array, and return from which of its entries what follows is wrong, too, False for none."""
        expected, arrived, is_near, shape = self._expected[place], self._arrived[place], True, number.shape
        if taint is not False and self._tolerance.typed:
            noise, precision = self._off.get(place, 0.0), self._precisions.get(place, 0.0)
            is_near = entries.near(self._tolerance, number, expected, self.sizes[place], noise, precision)
        known = (taint, *(found.get(place, True) for found in (self._true, self._follows, self._agrees)))
        tainted, is_true, follows, agrees = map(np.asarray, known)
        correct, wrong, carried = (CODES[status] for status in (Status.CORRECT, Status.WRONG, Status.CARRIED))
        codes, is_rough = np.full(shape, correct, dtype=np.int8), np.zeros(shape, dtype=bool)
        if not is_true.all():
            codes[~follows] = wrong
            codes[~is_true & follows & tainted] = carried
            codes[~is_true & follows & ~tainted & ~agrees] = wrong
            if self._tolerance.typed:
                short = entries.are_too_short(number, (expected, arrived), codes == wrong, kept, self._decimals(place))
                is_rough, fits_chain = short
                is_rough &= bool(kept) | ~tainted  # what a mistake reaches is near the truth by chance, too
                codes[fits_chain & ~is_rough & tainted & bool(kept)] = carried
                is_rough |= fits_chain & ~tainted
        # What a mistake reaches may be right to the digits that are typed and still be off.
        is_mistaken = (codes != correct) & ~(is_rough & ~tainted)
        taints = np.where(np.isnan(number), tainted, is_mistaken | (is_true & tainted & np.logical_not(is_near)))
        self.statuses[place] = codes
        self._is_accused = self._is_accused or bool((codes == wrong).any())
        if is_rough.any():
            self.rough[place] = is_rough
        if entries.has_suspects(codes, taint):
            self._suspects[place] = taint
        return taints if taints.any() else False

    def _suspect_below_rough(self) -> None:
        """Suspect what is WRONG and follows from a number with too few decimals, which is known to these only."""
        taint: list[Any] = [False] * (self._count + 1)
        for place in range(min(self.rough), self._count):
            is_reached, is_rough = taint[place], self.rough.get(place, False)
            if is_reached is not False and place in self._follows and self._numbers[place] is not None:
                status, blurred = self.statuses[place], is_reached > is_rough
                is_array = bool(self._order[place].shape)
                if entries.has_suspects(status, blurred) if is_array else status is Status.WRONG and blurred:
                    self._blurred[place] = blurred
            if is_reached is not False or is_rough is not False:
                self._pass_taint(place, is_reached | is_rough, taint)

    def _allow_for_roundings(self, kept: int) -> None:
        """Acquit the suspects that follow from numbers which are known to half their last digit only.

        After a mistake there is no truth to compare a number with. What arrives at a node stays as it was, and a
        mistake reaches what it reached.
        """
        numbers, edges, nowhere = self._numbers, self._edges, self._count
        slack: list[Any] = [0.0] * (nowhere + 1)
        wanted = {place for place, one in self._written.items() if one.number is None}
        wanted.update(self._suspects, self._blurred)
        # A 0.0 of somebody who rounds to few decimals may be a small number.
        for place in rounding.upstream_places(self._order, wanted) if kept else self._upstream:
            first, by_first, second, by_second = edges.rows[place] or edges[place]
            wide = [use for use in edges.wide[place] if use[0] in wanted] if place in edges.wide else ()
            if not (wide or first in wanted or second in wanted):
                continue
            number, half = numbers[place], slack[place]
            if place in self._anything:
                half = ANYTHING
            elif number.__class__ is float:
                half = half_digit_typed(number, kept, self.rough.get(place, False))
            elif number is not None:
                half = entries.half_digits(number, kept, self.rough.get(place, False))
            if wide and half.__class__ is float and self._order[place].shape:
                half = np.full(self._order[place].shape, half)
            if not wide:
                slack[first] += half * abs(by_first)
                slack[second] += half * abs(by_second)
            for operand, _, size in wide:
                slack[operand] = slack[operand] + half * size
        for found in (self._suspects, self._blurred):
            for place, taint in found.items():
                self._acquit(place, slack[place], taint, kept, is_rounded=found is self._suspects)

    def _acquit(self, place: int, slack: Any, taint: Any, kept: int, *, is_rounded: bool) -> None:
        """Call CARRIED what a mistake reaches and is as near to what arrives as that is known."""
        number, arrived, near = self._numbers[place], self._arrived[place], slack
        if number.__class__ is not float:
            near = entries.half_digits(number, kept) * rounding.CLOSE + slack if is_rounded else slack
            codes, chain = self.statuses[place], np.broadcast_to(arrived, number.shape)
            with np.errstate(all="ignore"):
                is_within = (abs(number - chain) <= near) & (np.asarray(slack) > 0.0) & np.isfinite(chain)
            is_wrong = (codes == CODES[Status.WRONG]) & np.broadcast_to(taint, codes.shape)
            codes[is_wrong & is_within] = CODES[Status.CARRIED]
        elif isfinite(arrived):
            if is_rounded and slack:
                near = half_digit_typed(number, kept) * rounding.CLOSE + slack
            off = abs(number - arrived)
            if (slack and off <= near) or self._is_noise(place, off):
                self.statuses[place] = Status.CARRIED


def all_of(status: Status, shape: tuple[int, ...]) -> Any:
    """Return the status of a number, or of an array all of whose entries have it."""
    return entries.all_of(status, shape) if shape else status
