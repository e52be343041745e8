"""What of their later numbers follows, if one is the gradient of a node."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...value import Value
from .chain import Chain
from .kinds import Final
from .matching import Matcher, Probes, is_trivial

LONGEST = 2.0
"""After so many seconds of this thread nothing is looked at any more."""
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
        self._end = time.thread_time() + LONGEST
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
        if time.thread_time() > self._end:
            return 0
        follows = self._chain.with_another(node, value, given, arrived, FARTHEST)
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
        seen: set[float] = set()
        for numbers in self._values[place + 1 :]:
            if is_trivial(numbers) or near(numbers, value, self._share):
                continue
            mark = self._probes.mark(numbers)
            if mark not in seen:
                seen.add(mark)
                count += matcher.has(numbers) and not known(numbers)
            if len(seen) > AHEAD:
                break
        return count
