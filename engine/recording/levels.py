"""A recorded graph, run level by level: NumPy computes all nodes of a level, for several sets at once."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import numpy as np

from ..value import Value
from .plan import Plan, make_plan
from .sums import Block, Floats
from .terms import Terms

ROOM = 2**19
"""So many products are worked on at once, if these are several sets: more would not fit in a processor's cache."""

_data = attrgetter("_data")


class Levels:
    """A graph of numbers as a plan, and room to run it."""

    def __init__(self, terms: Terms, inputs: Sequence[Value]) -> None:
        self._plan = make_plan(terms, inputs)
        self._most_lanes = max(1, ROOM // max(self._plan.products, self._plan.size))
        self._spare: list[Room] = []

    def run(self, sets: Floats) -> tuple[Floats, Floats]:
        """Return the root's data (sets,) and the inputs' gradients (sets, inputs); not finite where a set is not."""
        values, gradients = np.empty(len(sets)), np.empty(sets.shape)
        lanes = -(-len(sets) // -(-len(sets) // self._most_lanes)) if len(sets) else 1
        # Each run has room of its own: another thread may come in between.
        room = self._spare.pop() if self._spare else Room(self._plan)
        room.widen(lanes)
        leaves = np.array(list(map(_data, self._plan.leaves)))
        with np.errstate(all="ignore"):
            for start in range(0, len(sets), lanes):
                mine = slice(start, start + lanes)
                values[mine], gradients[mine] = room.run(sets[mine], leaves)
        self._spare.append(room)
        return values, gradients


class Room:
    """Where one run at a time writes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lanes = 0

    def widen(self, lanes: int) -> None:
        """Have room for so many sets at once."""
        if lanes > self._lanes:
            self._numbers = np.empty(self._plan.size * lanes)
            self._gradients = np.empty(self._plan.gradient_size * lanes)
            self._products = np.empty((2, self._plan.products * lanes))
            self._lanes = lanes

    def run(self, sets: Floats, leaves: Floats) -> tuple[Floats, Floats]:
        """Return the root's data and the inputs' gradients, as `Levels.run` gives them."""
        plan, lanes = self._plan, len(sets)
        numbers = self._numbers[: plan.size * lanes].reshape(plan.size, lanes)
        gradients = self._gradients[: plan.gradient_size * lanes].reshape(plan.gradient_size, lanes)
        at = sets.shape[1]
        numbers[:at] = sets.T
        numbers[at : at + len(leaves)] = leaves[:, np.newaxis]
        at += len(leaves)
        numbers[at : at + len(plan.fixed)] = plan.fixed[:, np.newaxis]
        for step in plan.forward:
            if isinstance(step, Block):
                step.run(numbers, numbers, numbers, self._products)
            else:
                step.run(numbers)
        gradients[-1] = 1.0
        for block in plan.backward:
            block.run(gradients, gradients, numbers, self._products)
        data = numbers[: plan.data_size]
        value = np.where(np.isfinite(data).all(axis=0), data[-1], np.nan)
        return value, gradients[plan.gradients].T
