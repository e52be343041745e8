"""What of their later numbers follows, if one is the gradient of a node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...value import Value
from .chain import Chain
from .kinds import Final
from .matching import MOST_WEIGHT, Matcher, Probes, Told, is_trivial

MOST_LOOKED_AT = 60_000
"""So many numbers are looked at in all. It is counted, as by a clock a verdict would depend on the machine."""
A_LOOK = 1000
"""So many entries of an array take about as long again as it takes to come to it."""
FARTHEST = 120
"""So many nodes pass a number on: the next steps of a loop tell, and all of them take as long again at each."""
AHEAD = 60
"""How many later numbers are looked at."""
TELLING = 4
"""So much counts a gradient that is given back and follows; a number on the way counts 1."""


class Foresight:
    """Their later numbers.

    Args:
        values: of all events, as arrays.
        share: how near numbers must be, see `matching.NEAR`.
    """

    def __init__(
        self, chain: Chain, values: Sequence[Any], finals: Sequence[Final], probes: Probes, share: float
    ) -> None:
        self._chain, self._values, self._probes, self._share = chain, values, probes, share
        self._left = float(MOST_LOOKED_AT)
        self._told_of: dict[int, Told | None] = {}
        self._finals = [(final.node, np.asarray(final.value, dtype=float)) for final in finals]
        self.is_all_right = all(near(value, chain.truth[node], share) for node, value in self._finals)

    def explained(
        self,
        node: Value,
        value: Any,
        place: int,
        given: Mapping[Value, Any],
        arrived: Mapping[Value, Any],
        known: Any,
    ) -> int:
        """How many later numbers follow, if the number of an event is the gradient of the node.

        A gradient that is right, and would not be, speaks against it.

        Args:
            given: the numbers of other nodes so far.
            arrived: what follows from these.
            known: says of numbers whether something else explains them.
        """
        if self._left <= 0.0:
            return 0
        follows = self._chain.with_another(node, value, given, arrived, FARTHEST)
        self._left -= _looks(follows.values())
        moved = {
            one: number
            for one, number in follows.items()
            if not one.is_constant and not near(number, arrived.get(one, 0.0), self._share)
        }
        if not moved:
            return 0
        count = 0
        for final, numbers in self._finals:
            if final not in moved:
                continue
            if near(numbers, moved[final], self._share):
                count += 1 if is_trivial(numbers) else TELLING
            elif near(numbers, self._chain.truth[final], self._share):
                count -= 2 * TELLING
        numbers_of = {**arrived, **follows, **given, node: value}
        parts = [(one, part) for one in moved for part in self._chain.contributions(one, numbers_of)]
        matcher = Matcher(self._probes, self._share, [*moved.items(), *parts])
        later = list(self._later(place, value))
        self._left -= _looks(numbers for numbers, _ in later)
        return count + sum(matcher.has(numbers, told) and not known(numbers) for numbers, told in later)

    def _later(self, place: int, value: Any) -> Iterator[tuple[Any, Told]]:
        """The telling numbers of later events, each once, and what is told of them; without the value itself."""
        mark, size = self._probes.told(value)
        seen: set[float] = set()
        for at in range(place + 1, len(self._values)):
            told, numbers = self._told(at), self._values[at]
            if told is None or told[0] in seen:
                continue
            may_be = numbers.size == value.size and abs(told[0] - mark) <= MOST_WEIGHT * value.size * (
                self._share * max(told[1], size)
            )
            if may_be and near(numbers, value, self._share):
                continue
            seen.add(told[0])
            yield numbers, told
            if len(seen) > AHEAD:
                return

    def _told(self, at: int) -> Told | None:
        """The mark and the largest size of an event's numbers; None where they are trivial. Kept for the next look."""
        if at not in self._told_of:
            numbers = self._values[at]
            self._told_of[at] = None if is_trivial(numbers) else self._probes.told(numbers)
        return self._told_of[at]


def _looks(arrays: Iterable[Any]) -> float:
    """What it takes to look at some."""
    return sum(1.0 + np.size(one) / A_LOOK for one in arrays)
