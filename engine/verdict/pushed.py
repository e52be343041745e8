"""The verdicts on a graph of numbers in which much is to be judged, in loops over lists of floats.

`judge` asks each node for what its consumers pass to it, which is right for the few that are not plainly right. Where
nearly all are rounded or blank, each node hands on to its operands what it has, and no more is asked than must be:
whether a number is the truth as somebody rounds it; of what is not, whether it follows from the learner's own numbers;
of what does not, whether it follows from them where each is known to half its last digit only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from math import isfinite
from typing import Any

from ..graph import walking
from ..local import local_derivatives
from ..number import half_a_digit, is_of_two_decimals
from ..ops import ADD, MULTIPLY
from ..value import Value
from .roundings import Roundings, half_of_last_digit
from .sizes import local_sizes
from .status import Status, Verdicts
from .tolerance import HALF_OF_TWO_DECIMALS, Tolerance
from .written import Written


def pushed(
    order: Sequence[Value],
    actual: Sequence[Any],
    expected: Sequence[float],
    written: Mapping[int, Written],
    places: Sequence[int],
    tolerance: Tolerance,
) -> Verdicts:
    """The verdicts; the arguments are those of `judge.judge`, and every node is a number."""
    statuses: dict[int, Status] = {}
    numbers, precisions = list(actual), {}
    for place, (number, grad, precision) in written.items():
        numbers[place] = number
        if number is None:
            statuses[place] = Status.MISSING if grad is None else Status.WRONG
        elif precision:
            precisions[place] = precision
    doubtful = _not_near(numbers, expected, places, tolerance)
    if not doubtful:
        return Verdicts(statuses, {}, {})
    learner = _Learner(_Graph(order), numbers, expected, precisions, tolerance, doubtful)
    found = learner.blame(rounds=False)
    rounds = tolerance.typed and bool(found.rough)
    if rounds:
        found = learner.blame(rounds=True)
    if tolerance.typed and found.suspects:
        learner.allow_for_roundings(found)
    statuses.update(found.statuses)
    return Verdicts(statuses, {place: learner.sizes[place] for place in found.statuses}, found.rough)


def _not_near(
    numbers: Sequence[float | None], expected: Sequence[float], places: Iterable[int], tolerance: Tolerance
) -> set[int]:
    """Where a number is not the truth at first sight: neither near it nor a rounding of it."""
    (rtol, atol, typed), is_rounding = tolerance, Roundings()
    found = set()
    for place in places:
        number, truth = numbers[place], expected[place]
        if number is not None:
            off = abs(number - truth)
            if not off <= rtol * abs(truth) + atol and not (typed and is_rounding(number, truth, off)):
                found.add(place)
    return found


class _Graph:
    """A graph as lists, by places in the backward order.

    Attributes:
        first, second: where each node's operands stand; behind all others for one that it has not.
        by_first, by_second: its local derivatives by them.
        size_of_first, size_of_second: the sizes of these, as of `local_sizes`.
        wide: of the nodes with more than two operands, (place, local derivative, its size) of each.
    """

    def __init__(self, order: Sequence[Value]) -> None:
        self.length = nowhere = len(order)
        self.first, self.second = first, second = [nowhere] * nowhere, [nowhere] * nowhere
        self.by_first, self.by_second = by_first, by_second = [0.0] * nowhere, [0.0] * nowhere
        self.wide: dict[int, list[tuple[int, float, float]]] = {}
        cancelling = []
        one: Any
        other: Any
        with walking:
            # A node's place is noted in the node: a dict of them all would take as long as a sweep.
            for node, place in zip(order, count()):
                node._scratch = place
            # As in the sweep itself, operations on one and two numbers, nearly all, are written out.
            for place, node in enumerate(order):
                op, one, other = node.op, node._first, node._second
                if op is ADD:
                    first[place], second[place] = one._scratch, other._scratch
                    by_first[place] = by_second[place] = 1.0
                elif op is MULTIPLY:
                    first[place], second[place] = one._scratch, other._scratch
                    by_first[place], by_second[place] = other._data, one._data
                elif op is None:
                    continue
                elif other is not None:
                    first[place], second[place] = one._scratch, other._scratch
                    by_first[place], by_second[place] = op._local(one._data, other._data, node._data)
                elif one is not None:
                    first[place] = one._scratch
                    (by_first[place],) = op._local(one._data, node._data)
                else:
                    locals_, operands = local_derivatives(node), [operand._scratch for operand in node._rest]
                    self.wide[place] = list(zip(operands, locals_, local_sizes(node, locals_)))
                if op.cancelling is not None and place not in self.wide:
                    cancelling.append(place)
        self.size_of_first, self.size_of_second = list(map(abs, by_first)), list(map(abs, by_second))
        for place in cancelling:
            of_first, *of_second = local_sizes(order[place], (by_first[place], by_second[place]))
            self.size_of_first[place], self.size_of_second[place] = of_first, sum(of_second)


class _Found:
    """What is found of the numbers that are not the truth.

    Attributes:
        statuses, rough: as of `Verdicts`.
        suspects: the places of those accused though a mistake nearer the output reaches them.
    """

    def __init__(self) -> None:
        self.statuses: dict[int, Status] = {}
        self.rough: dict[int, bool] = {}
        self.suspects: set[int] = set()


class _Learner:
    """Somebody's numbers, None where there is none, and what follows from them.

    Attributes:
        sizes: the summed sizes of what each true gradient is the sum of, passed on through nodes left blank.
        strays: by their places the numbers that are not the truth: what arrives there from the learner's own numbers
            where they do not follow from that, None where they do.
    """

    def __init__(
        self,
        graph: _Graph,
        numbers: Sequence[Any],
        expected: Sequence[float],
        precisions: Mapping[int, float],
        tolerance: Tolerance,
        doubtful: set[int],
    ) -> None:
        self._graph, self._numbers, self._expected = graph, numbers, expected
        self._precisions, self._tolerance, is_rounding = precisions, tolerance, Roundings()
        strays: dict[int, float | None] = {}
        sizes, chain, chain_sizes = ([0.0] * (graph.length + 1) for _ in range(3))
        sizes[0] = chain[0] = chain_sizes[0] = 1.0
        self.sizes, self.strays = sizes, strays
        firsts = zip(graph.first, graph.by_first, graph.size_of_first)
        seconds = zip(graph.second, graph.by_second, graph.size_of_second)
        for place, number, truth, of_first, of_second in zip(count(), numbers, expected, firsts, seconds):
            if number is None:
                up, up_size, size = chain[place], chain_sizes[place], sizes[place]
            else:
                up, up_size, size = number, abs(number), abs(truth)
                if place in doubtful and not self._is_near(place, truth, sizes[place]):
                    arrived = chain[place]
                    strays[place] = None if self._follows(place, arrived, chain_sizes[place], is_rounding) else arrived
            if up or up_size or size:
                # Written out for two operands, as a loop over them would take a third as long again.
                first, by_first, size_of_first = of_first
                second, by_second, size_of_second = of_second
                chain[first] += up * by_first
                chain[second] += up * by_second
                chain_sizes[first] += up_size * size_of_first
                chain_sizes[second] += up_size * size_of_second
                sizes[first] += size * size_of_first
                sizes[second] += size * size_of_second
                for at, local, amount in graph.wide.get(place, ()) if first == second else ():
                    chain[at] += up * local
                    chain_sizes[at] += up_size * amount
                    sizes[at] += size * amount

    def _follows(self, place: int, arrived: float, size: float, is_rounding: Roundings) -> bool:
        """Whether a number may stand for what arrives there; `Tolerance.accepts`."""
        number = self._numbers[place]
        return isfinite(arrived) and (
            (self._tolerance.typed and is_rounding(number, arrived, abs(number - arrived)))
            or self._is_near(place, arrived, size)
        )

    def _is_near(self, place: int, reference: float, size: float) -> bool:
        """Whether a number is as near to a reference, of which the summed sizes are `size`, as float noise allows."""
        allowed = self._tolerance.allowed(reference, size, 0.0, self._precisions.get(place, 0.0))
        return bool(abs(self._numbers[place] - reference) <= allowed)

    def blame(self, *, rounds: bool) -> _Found:
        """Tell where a mistake is made from what follows from it; `rounds` as of `number.is_of_two_decimals`."""
        graph, strays, found = self._graph, self.strays, _Found()
        taint = [False] * (graph.length + 1)
        for place, is_tainted, number in zip(count(), taint, self._numbers):
            if place in strays:
                arrived = strays[place]
                if arrived is not None:
                    status, is_rough = self._without_ground(number, self._expected[place], arrived, is_tainted, rounds)
                    found.statuses[place] = status
                    if is_rough:
                        found.rough[place] = True
                    if status is Status.WRONG and is_tainted:
                        found.suspects.add(place)
                    is_tainted = is_tainted or not is_rough
                elif is_tainted:
                    found.statuses[place] = Status.CARRIED
            elif is_tainted and number is not None:
                # What a mistake reaches may be right to the digits that are typed and still be off.
                is_tainted = not self._is_near(place, self._expected[place], self.sizes[place])
            if is_tainted:
                taint[graph.first[place]] = taint[graph.second[place]] = True
                for at, _, _ in graph.wide.get(place, ()):
                    taint[at] = True
        return found

    def _without_ground(
        self, number: float, truth: float, arrived: float, is_tainted: bool, rounds: bool
    ) -> tuple[Status, bool]:
        """The verdict on a number that fits neither the truth nor what arrives, and whether it does to two decimals."""
        if not self._tolerance.typed:
            return Status.WRONG, False
        if (rounds or not is_tainted) and is_of_two_decimals(number, truth, rounds=rounds):
            return Status.WRONG, True
        if is_of_two_decimals(number, arrived, rounds=rounds):
            return Status.CARRIED if is_tainted and rounds else Status.WRONG, not is_tainted
        return Status.WRONG, False

    def allow_for_roundings(self, found: _Found) -> None:
        """Acquit the suspects that follow from numbers which are known to half their last digit only.

        What arrives at a node stays as it was, and a mistake reaches what it reached.
        """
        graph, numbers, wide = self._graph, self._numbers, self._graph.wide
        slack, is_wanted = [0.0] * (graph.length + 1), bytearray(graph.length + 1)
        for place, number in enumerate(numbers):
            # A node left blank passes on what the numbers before it may be off by.
            is_wanted[place] = number is None or place in found.suspects
        firsts, seconds = zip(graph.first, graph.size_of_first), zip(graph.second, graph.size_of_second)
        for place, number, of_first, of_second in zip(count(), numbers, firsts, seconds):
            if slack[place] and place in found.suspects and _is_within(slack[place], number, self.strays[place]):
                found.statuses[place] = Status.CARRIED
                found.rough.pop(place, None)
            if not (is_wanted[of_first[0]] or is_wanted[of_second[0]] or place in wide):
                continue
            if number is None:
                half = slack[place]
            else:
                half = HALF_OF_TWO_DECIMALS if place in found.rough else half_of_last_digit(number)
            for at, amount in ((at, size) for at, _, size in wide[place]) if place in wide else (of_first, of_second):
                slack[at] += half * amount


def _is_within(slack: float, number: float, chain: Any) -> bool:
    """Whether a number, itself known to half its last digit, may be what arrives there, that being off by `slack`."""
    half = half_a_digit(number, number) if number else 0.0
    return isfinite(chain) and abs(number - chain) <= half * (1.0 + 1e-9) + slack
