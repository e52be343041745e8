"""The part of a graph between an array and the nearest numbers that the learner wrote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .names import ArrayName, array_of
from .sweep import Bools, Edges, Floats, Ints, Sweeper

if TYPE_CHECKING:
    from ..ops import Op
    from .comparison import ArrayComparison, ArrayResult


class Layer(NamedTuple):
    """Edges that do the same: through one operation, beside one array, into one array (None for none).

    Attributes:
        op: the operation of their consumers.
        which: which operand of it they come from.
        beside: the array of the other operand of two.
        into: the array of the consumer.
    """

    op: Op
    which: int
    beside: ArrayName | None
    into: ArrayName | None


class Region:
    """From an array upwards: through nodes without a written number to the first that have one.

    Attributes:
        entries: the array's entries in the region.
        chain: what the chain rule gives for them, from the learner's own numbers.
        size: the summed sizes of what each is the sum of.
        arrays: the other arrays met, nearest first.
    """

    def __init__(self, result: ArrayResult, comparison: ArrayComparison) -> None:
        self.comparison, self.result = comparison, result
        member = result.member
        rows = np.argsort(member.entries, kind="stable")
        self._starts: Ints = member.nodes[rows]
        self.places_in_array: Ints = member.entries[rows]
        rows_of_edges, order_met = _upwards(self._starts, comparison)
        edges = comparison.columns.edges.take(rows_of_edges)
        # Places of the region's own, in the same backward order.
        self.nodes = np.unique(np.concatenate([self._starts, edges.consumer]))
        self.edges = Edges(
            np.searchsorted(self.nodes, edges.consumer),
            np.searchsorted(self.nodes, edges.operand),
            edges.which,
            edges.local,
        )
        self.entries: Ints = np.searchsorted(self.nodes, self._starts)
        self._sweeper = Sweeper(self.edges, len(self.nodes))
        self.numbers: Floats = comparison.passed_on[self.nodes]
        self.is_sink: Bools = np.ones(len(self.nodes), dtype=bool)
        self.is_sink[self.edges.operand] = False
        self.is_sink[self.entries] = False  # what the root does not depend on gets nothing
        self.arrays = tuple(dict.fromkeys(named for node in order_met if (named := array_of(node)) is not None))
        self.chain = self.with_numbers(self.numbers)
        contributions = np.abs(self.upstream[self.edges.consumer] * self.edges.local)
        size: Any = np.bincount(self.edges.operand, contributions, len(self.nodes))
        self.size: Floats = size[self.entries]

    @property
    def upstream(self) -> Floats:
        """The learner's gradient of each node of the region, as it is passed on."""
        return self.numbers

    def with_numbers(self, numbers: Floats, also: Bools | None = None, local: Floats | None = None) -> Floats:
        """What the entries get from other numbers at the sinks (and where `also` is true), or other locals."""
        is_given = self.is_sink if also is None else self.is_sink | also
        swept: Floats = self._sweeper.chain_rule(numbers, is_given, local)[self.entries]
        return swept

    def without(self, arrays: Iterable[ArrayName]) -> Floats:
        """What the entries get if nothing comes through some of the arrays."""
        there = np.zeros(len(self.nodes), dtype=bool)
        for named in arrays:
            there |= self.places_of(named)
        return self.with_numbers(np.where(there, 0.0, self.numbers), also=there)

    def places_of(self, named: ArrayName) -> Bools:
        """Which nodes of the region belong to an array."""
        there: Bools = np.isin(self.nodes, self.comparison.columns.arrays[named].nodes)
        return there

    def layers(self) -> dict[Layer, Ints]:
        """The edges by what they do, those with a local derivative of 1 by nature (a sum) left out."""
        order = self.comparison.columns.order
        found: dict[Layer, list[int]] = {}
        for edge, (consumer, which) in enumerate(zip(self.edges.consumer.tolist(), self.edges.which.tolist())):
            node = order[self.nodes[consumer]]
            assert node.op is not None
            if node.op.name == "+":
                continue
            operands = node.operands
            beside = array_of(operands[1 - which]) if len(operands) == 2 else None
            found.setdefault(Layer(node.op, which, beside, array_of(node)), []).append(edge)
        return {layer: np.array(edges) for layer, edges in found.items()}

    def uses(self) -> list[Floats]:
        """Of each entry, the contributions of its direct uses, in the order of the forward pass."""
        contributions = self.upstream[self.edges.consumer] * self.edges.local
        first_made_first = np.argsort(-self.edges.consumer, kind="stable")
        operands = self.edges.operand[first_made_first]
        rows = np.argsort(operands, kind="stable")
        ordered, operands = contributions[first_made_first][rows], operands[rows]
        starts = np.searchsorted(operands, self.entries)
        ends = np.searchsorted(operands, self.entries, side="right")
        return [ordered[start:end] for start, end in zip(starts.tolist(), ends.tolist())]


def _upwards(starts: Ints, comparison: ArrayComparison) -> tuple[Ints, list[object]]:
    """The edges above some nodes up to the first written numbers, and the consumers by nearness."""
    columns = comparison.columns
    by_operand, begins = comparison.edges_by_operand
    is_met = np.zeros(len(columns), dtype=bool)
    is_met[starts] = True
    is_written = np.isfinite(comparison.numbers)
    frontier = starts
    found: list[Ints] = []
    consumers: list[object] = []
    while frontier.size:
        counts = begins[frontier + 1] - begins[frontier]
        rows = by_operand[np.repeat(begins[frontier] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
        found.append(rows)
        above = np.unique(columns.edges.consumer[rows])
        above = above[~is_met[above]]
        is_met[above] = True
        consumers += [columns.order[place] for place in above.tolist()]
        frontier = above[~is_written[above]]
    return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64), consumers
