"""The chain rule in columns: all edges of one level at a time, so that numpy does the work.

A node is in the first level after those of all its consumers. A graph of 260,000 nodes with matrix products
in it has some 240 levels; one that is a long chain has as many as nodes, and is walked edge by edge.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

_FEWEST_A_LEVEL = 40
"""With fewer edges a level than this, walking edge by edge is faster."""


class Edges(NamedTuple):
    """One row an edge, the consumers in backward order.

    Attributes:
        consumer, operand: places of the two nodes in the backward order.
        which: which operand of the consumer it is, from 0.
        local: the derivative of the consumer by the operand.
    """

    consumer: Ints
    operand: Ints
    which: Ints
    local: Floats

    def take(self, rows: Ints | Bools) -> Edges:
        return Edges(self.consumer[rows], self.operand[rows], self.which[rows], self.local[rows])


class Sweeper:
    """Passes numbers along the edges of a graph, consumers first."""

    def __init__(self, edges: Edges, count: int) -> None:
        """`count` is how many nodes there are."""
        levels = _levels(edges, count)
        self._is_long = levels is None
        self._sorted = np.concatenate(levels) if levels else np.arange(len(edges.consumer))
        self._edges = edges.take(self._sorted)
        self._cuts = np.cumsum([0, *map(len, levels or ())]).tolist()

    def chain_rule(self, given: Floats, is_given: Bools, local: Floats | None = None) -> Floats:
        """operand gradient += upstream gradient * local derivative, through every node without a given number.

        Args:
            given: each node's number; only what stands where `is_given` counts.
            local: other local derivatives than the edges' own.

        Returns:
            Each node's gradient as it is passed on.
        """
        gradient = np.where(is_given, given, 0.0)
        edges = self._edges if local is None else self._edges._replace(local=local[self._sorted])
        is_open = ~is_given[edges.operand]
        if self._is_long:
            return _one_by_one(gradient, edges.take(is_open))
        # What is passed to a given number goes to one entry more, the last.
        operand = np.where(is_open, edges.operand, len(gradient))
        gradient = np.append(gradient, 0.0)
        for start, end in zip(self._cuts, self._cuts[1:]):
            np.add.at(gradient, operand[start:end], gradient[edges.consumer[start:end]] * edges.local[start:end])
        return gradient[:-1]

    def reach(self, starts: Bools, is_open: Bools) -> Bools:
        """Which nodes receive something from the starts, passed on by open nodes only."""
        flows, edges = starts.copy(), self._edges
        passes = is_open[edges.operand]
        if self._is_long:
            listed = flows.tolist()
            for consumer, operand, is_passed in zip(edges.consumer.tolist(), edges.operand.tolist(), passes.tolist()):
                if is_passed and listed[consumer]:
                    listed[operand] = True
            flows = np.array(listed)
        else:
            for start, end in zip(self._cuts, self._cuts[1:]):
                flowing = passes[start:end] & flows[edges.consumer[start:end]]
                flows[edges.operand[start:end][flowing]] = True
        received = np.zeros(len(flows), dtype=bool)
        received[edges.operand[flows[edges.consumer]]] = True
        return received


def _one_by_one(gradient: Floats, edges: Edges) -> Floats:
    running: list[float] = gradient.tolist()
    for consumer, operand, local in zip(edges.consumer.tolist(), edges.operand.tolist(), edges.local.tolist()):
        running[operand] += running[consumer] * local
    return np.array(running)


def _levels(edges: Edges, count: int) -> list[Ints] | None:
    """The edges by the level of their consumer; None for a graph that is long rather than wide."""
    most = 100 + len(edges.consumer) // _FEWEST_A_LEVEL
    ends = np.searchsorted(edges.consumer, np.arange(count + 1))
    starts, fan_in = ends[:-1], np.diff(ends)
    waiting = np.bincount(edges.operand, minlength=count)
    level = np.flatnonzero(waiting == 0)
    levels: list[Ints] = []
    while level.size:
        if len(levels) == most:
            return None
        counts = fan_in[level]
        rows = np.repeat(starts[level] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        levels.append(rows)
        operands = edges.operand[rows]
        np.subtract.at(waiting, operands, 1)
        level = np.unique(operands[waiting[operands] == 0])
    return levels
