"""The verdict on each node, from the output on: what may stand for the truth, and what follows from where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..local import local_derivatives
from ..number import is_of_two_decimals
from ..value import Value
from . import late
from .arrived import ANYTHING, NOTHING, Arrived, half_digits, reached
from .pushed import pushed
from .sizes import Sizes, is_blank, local_sizes, through_blank
from .status import Status, Verdicts
from .tolerance import Tolerance
from .written import Written

MANY = 8
"""Where more than one number in so many is to be judged, all are worked out in one loop."""


class Judged(NamedTuple):
    """The verdict on a node, and what it passes on itself.

    Attributes:
        status: SKIPPED apart; of an array the codes of its entries' (`status.CODES`).
        passed: what counts as the learner's gradient of it, and so on, as of `Arrived`. A node left blank hands on the
            sizes and the slack that reached it, so that float noise and roundings are allowed for however far below the
            last number they show.
        is_suspect: whether it is accused though a mistake nearer the output reaches it.
        is_rough: whether it is WRONG and yet right to two decimals, or which entries are: what follows from it is
            judged as from a right number.
    """

    status: Any
    passed: Arrived
    is_suspect: bool
    is_rough: Any = False


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
    """The verdict on the nodes that are not plainly right.

    Args:
        order: the nodes in backward order.
        actual: what stands in the grad of each.
        expected: the true gradient of each.
        written: what the learner wrote, by their places in the order, at the nodes whose grad is no finite float.
        places: of the nodes to be judged, in order, those of `written` among them; every other node's grad is right.
        noise: how far the true gradient of a node may itself be off.
        is_foreign: whether the truth is not autodiff's: then the local derivatives are themselves in doubt, and a
            number that follows from them is right only where the truth agrees.
        chosen: local derivatives that are others than their operation's rule says, see `ties`.

    Returns:
        The verdicts on `places`.
    """
    if not places:
        return Verdicts({}, {}, {})
    is_plain = not (is_foreign or noise or chosen) and len(places) * MANY > len(order)
    if is_plain and not any(node.shape for node in order):
        return pushed(order, actual, expected, written, places, tolerance)
    every = {place: written.get(place) or Written(actual[place], actual[place], 0.0) for place in places}
    walk = _Walk(order, actual, expected, every, tolerance, noise, is_foreign, chosen)
    found, has_suspects = walk.verdicts(with_slack=False, rounds=False)
    rounds = tolerance.typed and bool(found.rough)
    if rounds:
        found, has_suspects = walk.verdicts(with_slack=False, rounds=True)
    if tolerance.typed and has_suspects:
        # After a mistake there is no truth to hold a number to, and what was typed rounded is known to half its last
        # digit only, in all that follows from it.
        found, _ = walk.verdicts(with_slack=True, rounds=rounds)
    return found


class _Walk:
    """One node after the other, each from what its consumers pass on.

    The arguments are those of `judge`, but that what is written is known of every node to be judged.
    """

    def __init__(
        self,
        order: Sequence[Value],
        actual: Sequence[Any],
        expected: Sequence[Any],
        written: Mapping[int, Written],
        tolerance: Tolerance,
        noise: Mapping[Value, Any],
        is_foreign: bool,
        chosen: Mapping[Value, Sequence[Any]],
    ) -> None:
        self._order, self._actual, self._expected, self._written = order, actual, expected, written
        self._tolerance, self._noise, self._is_foreign, self._chosen = tolerance, noise, is_foreign, chosen
        self._uses = _uses(self._order, {self._order[place] for place in self._written})
        self._locals: dict[int, Sequence[Any]] = {}
        self._amounts: dict[int, Sequence[Any]] = {}
        self._rounds = False
        self._columns: dict[int, Arrived] = {}
        self._sizes = Sizes(self._written, self._expected, self._uses_at, self._local, self._amount)
        self._true: dict[int, Any] = {}  # of arrays; it is the same in each walk
        self._plain_at = {place for place in self._written if self._is_plainly_right(place)}
        self._asked = self._looked_at()

    def _looked_at(self) -> list[int]:
        """The places of which it is asked what arrives: those not plainly right, and what passes something on to them.

        What lies elsewhere is right or blank whatever the learner's numbers give: where nothing is off, that is all.
        """
        found: list[int] = []
        passing: set[Value] = set()
        for place in sorted(self._written, reverse=True):
            node, is_plain = self._order[place], place in self._plain_at
            is_off = not is_plain and self._is_filled(place)
            if is_off or any(operand in passing for operand in node.operands):
                found.append(place)
                if not is_plain:  # which passes its own number on, whatever arrives
                    passing.add(node)
        return found[::-1]

    def verdicts(self, *, with_slack: bool, rounds: bool) -> tuple[Verdicts, bool]:
        """The verdicts, and whether a number is accused that a mistake nearer the output reaches.

        Args:
            with_slack: whether what was typed is known to half its last digit only, in all that follows from it.
            rounds: see `number.is_of_two_decimals`.
        """
        self._rounds = rounds
        found: dict[int, Judged] = {}
        for place in self._asked:
            found[place] = self._judge(place, self._arrived(place, found, with_slack), with_slack)
        verdicts = Verdicts(
            {
                place: found[place].status if place in found else self._status_of_right_or_blank(place)
                for place in self._written
            },
            self._sizes,
            {place: one.is_rough for place, one in found.items() if _any(one.is_rough)},
        )
        return verdicts, any(one.is_suspect for one in found.values())

    def _is_filled(self, place: int) -> bool:
        """Whether anything stands there, be it a number or none."""
        number, grad, _ = self._written[place]
        return number is not None or grad is not None

    def _status_of_right_or_blank(self, place: int) -> Any:
        """Of a node at which nothing is off; of an array the codes."""
        status = Status.CORRECT if place in self._plain_at else Status.MISSING
        shape = self._order[place].shape
        return late.entries().all_of(status, shape) if shape else status

    def _arrived(self, place: int, found: Mapping[int, Judged], with_slack: bool) -> Arrived:
        """operand gradient += upstream gradient * local derivative, in six columns."""
        if place == 0:
            return Arrived(1.0, 1.0, 1.0, 1.0)
        if place in self._plain_at:
            return NOTHING
        if place not in self._columns:
            self._columns[place] = self._summed(place, found)
        sums = self._columns[place]
        slack: Any = 0.0
        taint: Any = False
        for consumer, which in self._uses_at(place):
            passed = found[consumer].passed if consumer in found else self._plain(consumer)
            if with_slack:
                half = passed.slack if consumer in found else half_digits(passed.chain)
                slack = slack + half * self._amount(consumer, which)
            if passed.taint is not False:
                taint = taint | reached(passed.taint, self._local(consumer, which))
        return sums._replace(slack=slack, taint=taint)

    def _summed(self, place: int, found: Mapping[int, Judged]) -> Arrived:
        """The first four columns, which follow from numbers alone and are the same in each walk."""
        chain: Any = 0.0
        chain_size: Any = 0.0
        truth: Any = 0.0
        for consumer, which in self._uses_at(place):
            local, amount = self._local(consumer, which), self._amount(consumer, which)
            passed = found[consumer].passed if consumer in found else self._plain(consumer)
            chain = chain + passed.chain * local
            chain_size = chain_size + (
                through_blank(passed.chain_size, amount)
                if is_blank(self._written, consumer)
                else passed.chain_size * amount
            )
            if self._is_foreign:
                truth = truth + passed.truth * local
        return Arrived(chain, chain_size, truth, self._sizes[place])

    def _plainly_right(self, place: int, with_slack: bool) -> Arrived:
        """What such a node passes on."""
        number, truth = self._written[place].number, self._expected[place]
        return Arrived(number, abs(number), truth, abs(truth), half_digits(number) if with_slack else 0.0)

    def _plain(self, place: int) -> Arrived:
        number, truth = self._actual[place], self._expected[place]
        return Arrived(number, abs(number), truth, abs(truth))

    def _is_plainly_right(self, place: int) -> bool:
        """Whether it is right whatever arrives there: no entry is off by more than a share of the truth."""
        number, _, precision = self._written[place]
        if number is None:
            return False
        truth, noise = self._expected[place], self._noise.get(self._order[place], 0.0)
        if not self._order[place].shape:
            return bool(abs(number - truth) <= self._tolerance.allowed(truth, 0.0, noise, precision) < math.inf)
        return late.entries().all_near(self._tolerance, number, truth, noise, precision)

    def _uses_at(self, place: int) -> list[tuple[int, int]]:
        return self._uses[self._order[place]]

    def _amount(self, consumer: int, which: int) -> Any:
        self._local(consumer, which)
        return self._amounts[consumer][which]

    def _local(self, consumer: int, which: int) -> Any:
        if consumer not in self._locals:
            node = self._order[consumer]
            self._locals[consumer] = found = self._chosen.get(node) or local_derivatives(node)
            self._amounts[consumer] = local_sizes(node, found)
        return self._locals[consumer][which]

    def _judge(self, place: int, arrived: Arrived, with_slack: bool) -> Judged:
        node, truth, tolerance = self._order[place], self._expected[place], self._tolerance
        number, grad, precision = self._written[place]
        off = self._noise.get(node, 0.0)
        agrees: Any = True
        is_rough: Any = False
        if place in self._plain_at:
            passed_on = self._plainly_right(place, with_slack)
            codes = late.entries().all_of(Status.CORRECT, node.shape) if node.shape else Status.CORRECT
            return Judged(codes, passed_on, is_suspect=False)
        if self._is_foreign:
            agrees = _agree(node, tolerance, arrived.truth, truth, arrived.size, off)
        entries = late.entries() if node.shape else None
        if entries is not None:
            if place not in self._true and number is not None:
                self._true[place] = entries.accepted(tolerance, number, truth, arrived.size, off, precision)
            is_true = self._true.get(place)
            status, passed, taints, is_rough = entries.judge_entries(
                node.shape, number, grad, truth, arrived, agrees, tolerance, off, precision, is_true, self._rounds
            )
            is_suspect = entries.has_suspects(status, arrived.taint)
        elif number is None:
            status = Status.MISSING if grad is None else Status.WRONG
            passed, taints, is_suspect = arrived.chain, arrived.taint, False
        else:
            passed = number
            slack = arrived.slack if arrived.taint else 0.0
            if tolerance.accepts(number, truth, arrived.size, off, precision):
                status = Status.CORRECT
            elif not tolerance.accepts(number, arrived.chain, arrived.chain_size, 0.0, precision, slack):
                status = Status.WRONG
            elif arrived.taint:
                status = Status.CARRIED
            else:  # rounded nearer the output, and carried on rightly
                status = Status.CORRECT if agrees else Status.WRONG
            if status is Status.WRONG and tolerance.typed:
                # What a mistake reaches is near the truth by chance, too.
                is_rough = self._rounds or not arrived.taint
                is_rough = is_rough and is_of_two_decimals(number, truth, rounds=self._rounds)
                if not is_rough and is_of_two_decimals(number, arrived.chain, rounds=self._rounds):
                    is_rough = not arrived.taint
                    status = Status.CARRIED if arrived.taint and self._rounds else Status.WRONG
            # What a mistake reaches may be right to the digits that are typed and still be off.
            allowed = tolerance.allowed(truth, arrived.size, off, precision)
            is_near = status is Status.CORRECT or is_rough
            taints = not is_near or (bool(arrived.taint) and abs(number - truth) > allowed)
            is_suspect = bool(arrived.taint) and status is Status.WRONG
        if number is None and grad is not None and entries is not None:
            # What a gradient of another shape was carried on as, nobody can tell: all may follow from it.
            anything, everywhere = entries.spread(ANYTHING, node.shape), entries.everywhere(node.shape)
            passed_on = Arrived(passed, arrived.chain_size, truth, arrived.size, anything, everywhere)
        elif number is None:
            passed_on = Arrived(passed, arrived.chain_size, truth, arrived.size, arrived.slack, taints)
        else:
            slack = half_digits(passed, is_rough) if with_slack else 0.0
            passed_on = Arrived(passed, abs(passed), truth, abs(truth), slack, taints)
        return Judged(status, passed_on, is_suspect, is_rough)


def _uses(order: Sequence[Value], wanted: set[Value]) -> dict[Value, list[tuple[int, int]]]:
    """The uses of some nodes, as (place of the consumer in the backward order, which operand of it)."""
    uses: dict[Value, list[tuple[int, int]]] = {node: [] for node in wanted}
    for place, node in enumerate(order):
        if node._first in uses or node._second in uses or node._rest:
            for which, operand in enumerate(node.operands):
                if operand in uses:
                    uses[operand].append((place, which))
    return uses


def _any(flags: Any) -> bool:
    return bool(flags) if isinstance(flags, bool) else bool(flags.any())


def _agree(node: Value, tolerance: Tolerance, number: Any, truth: Any, size: Any, off: Any) -> Any:
    if not node.shape:
        return tolerance.accepts(number, truth, size, off)
    return abs(number - truth) <= tolerance.allowed(truth, size, off)
