"""Choosing what to draw: the whole of a small graph, of a big one the part worth looking at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from handgrad import Value

Uses = Mapping[Value, Sequence[tuple[Value, int]]]
"""Each node's uses as (consumer, which operand of it)."""


@dataclass(frozen=True)
class Graph:
    """The nodes that could be drawn, and how they hang together.

    Attributes:
        order: the nodes in topological order.
        operands: of a node, those it is computed from.
        uses: its edges, from `handgrad.graph.consumers`.
    """

    order: Sequence[Value]
    operands: Callable[[Value], Sequence[Value]]
    uses: Uses

    @cached_property
    def total(self) -> int:
        """How many nodes there are, constants apart, as a table counts them."""
        return _count(self.order)

    @cached_property
    def places(self) -> dict[Value, int]:
        """Each node's place in the order."""
        return {node: place for place, node in enumerate(self.order)}


MOST_NEIGHBOURS = 8
"""A node's uses, and its operands, beyond so many are not followed: a weight may be used 20,000 times."""


class Seeds(NamedTuple):
    """Nodes that must be seen, the most important first.

    `rings` is how many edges around them are drawn too, None for as many as fit.
    """

    nodes: Sequence[Value]
    rings: int | None


class View(NamedTuple):
    """What is drawn of a graph.

    Attributes:
        numbers: the nodes drawn, in topological order, each with its place in the whole graph's.
        total: how many nodes the whole graph has, constants apart, as a table counts them.
        hidden_uses: of a drawn node, how many of its uses are left out; no entry for none.
    """

    numbers: dict[Value, int]
    total: int
    hidden_uses: dict[Value, int]

    @property
    def shown(self) -> int:
        """How many of `total` are drawn."""
        return _count(self.numbers)


def whole(graph: Graph) -> View:
    """Return the view of all of a graph."""
    return View({node: number for number, node in enumerate(graph.order)}, graph.total, {})


def _count(nodes: Collection[Value]) -> int:
    return len(nodes) - sum(map(attrgetter("is_constant"), nodes))


def choose(graph: Graph, tiers: Iterable[Seeds], limit: int) -> View:
    """Return the seeds and their nearest nodes, breadth first, one tier after the other.

    Args:
        graph: what may be drawn.
        tiers: what to start from.
        limit: how many nodes may be drawn in all.
    """
    chosen: dict[Value, None] = {}
    for nodes, rings in tiers:
        seeds = list(dict.fromkeys(nodes))[: limit - len(chosen)]
        chosen.update(dict.fromkeys(seeds))
        ring = [(seed, True) for seed in seeds]
        while ring and rings != 0 and len(chosen) < limit:
            ring = _next_ring(ring, chosen, graph, limit)
            rings = None if rings is None else rings - 1
    return _view(graph, chosen)


def _next_ring(
    ring: Iterable[tuple[Value, bool]], chosen: dict[Value, None], graph: Graph, limit: int
) -> list[tuple[Value, bool]]:
    """Add the neighbours of a ring to `chosen`, and return the new ones.

    With each node stands whether its consumers matter. Those of an operand do not: a gradient is
    made of what lies between a node and the root, not of where else an operand is used.
    """
    new: list[tuple[Value, bool]] = []
    for node, is_upward in ring:
        consumers = [consumer for consumer, _ in graph.uses.get(node, ())[:MOST_NEIGHBOURS]] if is_upward else []
        for place, neighbour in enumerate((*consumers, *graph.operands(node)[:MOST_NEIGHBOURS])):
            if len(chosen) == limit:
                return new
            if neighbour not in chosen:
                chosen[neighbour] = None
                new.append((neighbour, place < len(consumers)))
    return new


def _view(graph: Graph, chosen: Collection[Value]) -> View:
    numbers = {node: graph.places[node] for node in sorted(chosen, key=graph.places.__getitem__)}
    drawn = Counter(chain.from_iterable(map(graph.operands, numbers)))
    hidden = {node: len(graph.uses[node]) - drawn[node] for node in numbers}
    return View(numbers, graph.total, {node: count for node, count in hidden.items() if count})
