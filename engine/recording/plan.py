"""A graph as steps: forward level by level, operation by operation; backward the other way, each gradient pulled.

To *pull* a gradient is to add up all that arrives at a node, from all of its consumers, in one go: their gradients
times their local derivatives. Pushed from each consumer in turn it would be written once a use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from ..amounts import Bools, Floats
from ..arrays.entrywise import forward_of, lift
from ..ops import RELU, Op
from ..value import Value
from .sums import Block, Places, blocks, try_slice
from .terms import Terms

Rules = tuple[Callable[..., Any], Callable[..., Sequence[Any]]]
"""Columns of inputs -> that of the outputs; these and the outputs -> for each input a column, or one number for all."""


class Columns(NamedTuple):
    """All nodes of a level that one operation made, unless they are sums of products.

    Attributes:
        rules: of the operation, see `column_rules`.
        operands: for each operand the places of the nodes' data.
        out: where their own data is put.
        local: for each operand where the local derivatives are put; None where they are not needed.
    """

    rules: Rules
    operands: tuple[Places | slice, ...]
    out: slice
    local: list[slice | None]

    def calls(self, numbers: Floats, _: Floats) -> Iterator[Callable[[], None]]:
        """Yield what computes the nodes and their local derivatives, for numbers in shape (places, lanes)."""
        forward, derivatives = self.rules
        out, local = numbers[self.out], [None if rows is None else numbers[rows] for rows in self.local]

        def run() -> None:
            columns = [numbers[places] for places in self.operands]
            out[:] = forward(*columns)
            for rows, derivative in zip(local, derivatives(*columns, out)) if any(self.local) else ():
                if rows is not None:
                    rows[:] = derivative

        yield run


def _groups(terms: Terms) -> list[tuple[Op | None, list[int]]]:
    """Return the nodes of each step: one operation of one level, or None and its sums, by width."""
    found: dict[tuple[int, Op | None, int], list[int]] = {}
    for number, (level, row) in enumerate(zip(terms.level, terms.operands)):
        if level > 0:
            is_sum = number in terms.sums
            key = (level, None, 0) if is_sum else (level, terms.nodes[number].op, len(row))
            found.setdefault(key, []).append(number)
    for (_, op, _), group in found.items():
        if op is None:
            group.sort(key=lambda number: len(terms.sums[number]))
    return [(op, group) for (_, op, _), group in sorted(found.items(), key=lambda item: item[0][0])]


class _Steps:
    """The forward steps, and the edges that they leave for the way back.

    Attributes:
        forward: the steps.
        size: how many numbers there are so far.
        edges: columns of (operand, consumer, place of the local derivative), the nodes by number; one row for each
            use of a node that depends on an input.
    """

    def __init__(self, terms: Terms, place: Places, size: int) -> None:
        self.forward: list[Block | Columns] = []
        self.size = size
        self.edges: list[tuple[Places, Places, Places]] = []
        self._terms, self._place = terms, place
        self._is_live = np.array(terms.is_live)

    def add_sums(self, group: list[int]) -> None:
        """Add sums of products, which are computed at once."""
        rows = [self._terms.sums[number] for number in group]
        widths = np.array([len(row) for row in rows])
        factors = np.array([factor for row in rows for term in row for factor in term]).reshape(-1, 2)
        one, other = factors.T
        self.forward += blocks(int(self._place[group[0]]), widths, self._place[one], self._place[other])
        consumer = np.repeat(group, widths)
        # The local derivative of a product by one factor is the other one.
        self._add_edges(one, consumer, self._place[other])
        self._add_edges(other, consumer, self._place[one])

    def add_columns(self, op: Op, group: list[int]) -> None:
        """Add the nodes of one operation, which are computed at once."""
        operands = np.array([self._terms.operands[number] for number in group]).T
        consumer, first = np.array(group), int(self._place[group[0]])
        local: list[slice | None] = []
        for column in operands:
            if not self._is_live[column].any():
                local.append(None)
                continue
            rows = slice(self.size, self.size + len(group))
            local.append(rows)
            self._add_edges(column, consumer, np.arange(rows.start, rows.stop))
            self.size = rows.stop
        places = tuple(try_slice(self._place[column]) for column in operands)
        self.forward.append(Columns(column_rules(op), places, slice(first, first + len(group)), local))

    def _add_edges(self, operand: Places, consumer: Places, local: Places) -> None:
        live = self._is_live[operand]
        self.edges.append((operand[live], consumer[live], local[live]))


def _pulls(terms: Terms, edges: list[tuple[Places, Places, Places]], at: int) -> tuple[Places, list[Block]]:
    """Return the place of each node's gradient, from `at` on, and the blocks that pull them.

    The gradients stand level by level, those of one number of uses together; the root's is the last.
    """
    gradient_place = np.full(len(terms.level), -1)
    root = len(terms.nodes) - 1
    if not edges:  # the root is an input
        gradient_place[root] = at
        return gradient_place, []
    operand, consumer, local = (np.concatenate(column) for column in zip(*edges))
    uses, level = np.bincount(operand, minlength=len(terms.level)), np.array(terms.level)
    nodes = np.append(np.flatnonzero(uses), root)
    nodes = nodes[np.lexsort((uses[nodes], level[nodes]))]
    gradient_place[nodes] = np.arange(at, at + len(nodes))
    by_operand = np.argsort(gradient_place[operand], kind="stable")
    upstream, local = gradient_place[consumer[by_operand]], local[by_operand]
    pulls: list[Block] = []
    ends = np.flatnonzero(np.diff(level[nodes])) + 1  # of each level below the root's
    products = np.concatenate([[0], np.cumsum(uses[nodes])])
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist()):
        mine = slice(products[start], products[end])
        pulls += blocks(at + start, uses[nodes[start:end]], upstream[mine], local[mine])
    return gradient_place, pulls[::-1]


@lru_cache(maxsize=256)
def column_rules(op: Op) -> Rules:
    """Return an operation's rules on columns; without a NumPy function, number by number.

    Where it has no finite value or derivative they give nan or an infinity.
    """
    forward = forward_of(op)
    if forward is not None:
        # A column of bools is put down as 1.0 and 0.0, and to make floats of it before takes as long again.
        return forward, (lambda x, y: (x > 0.0,)) if op is RELU else op._local
    whole = lift(op)
    return whole.forward, lambda *columns: [edge.coefficient for edge in whole._local(*columns)]


ROOM = 2**19
"""So many products are worked on at once, if these are several sets: more would not fit in a processor's cache."""


class Levels:
    """A graph of numbers as steps, and room to run them: its nodes in places, its levels in steps.

    The numbers of a run stand in one array: the data of the inputs, of the other leaves, of what is the same in each
    run, of all other nodes, then the local derivatives, and then the gradients.

    Attributes:
        leaves: the leaves that are no inputs, and that may be given other data.
        fixed: the numbers that are the same in each run.
        forward: steps in the order in which they are done: sums of products, or columns.
        backward: the gradients, by level from the root down.
        data_size: how many nodes' data there are; the root's is the last.
        size: how many numbers there are in all; the root's own gradient, which is 1, is the last.
        gradients: the places of the inputs' gradients.
        products: the most products of a block.
    """

    def __init__(self, terms: Terms, inputs: Sequence[Value]) -> None:
        leaves = [number for number, row in enumerate(terms.operands) if not row]
        numbers = {terms.nodes[number]: number for number in leaves}
        asked = [numbers[node] for node in inputs]
        others = [number for number in leaves if not terms.is_live[number]]
        changing = [number for number in others if not terms.nodes[number].is_constant]
        same = [number for number in others if terms.nodes[number].is_constant]
        coefficients = range(len(terms.nodes), len(terms.level))

        groups = _groups(terms)
        in_order = np.array([*asked, *changing, *same, *coefficients, *chain.from_iterable(one for _, one in groups)])
        place = np.full(len(terms.level), -1)
        place[in_order] = np.arange(len(in_order))

        steps = _Steps(terms, place, len(in_order))
        for op, group in groups:
            if op is None:
                steps.add_sums(group)
            else:
                steps.add_columns(op, group)
        gradient_place, self.backward = _pulls(terms, steps.edges, steps.size)
        blocks_ = [step for step in (*steps.forward, *self.backward) if isinstance(step, Block)]
        self.leaves = [terms.nodes[number] for number in changing]
        self.fixed = np.array([terms.nodes[number].data for number in same] + terms.coefficients)
        self.forward, self.data_size, self.gradients = steps.forward, len(in_order), gradient_place[asked]
        self.size = int(gradient_place.max()) + 1
        self.products = max((block.size for block in blocks_), default=0)
        self._most_lanes = max(1, ROOM // max(self.products, self.size))
        self._lock = Lock()
        self._lanes = self._most = 0

    def run(self, sets: Floats) -> tuple[Floats, Floats, Bools]:
        """Return the root's data (sets,), the inputs' gradients (sets, inputs), and which sets are finite."""
        count = max(len(sets), 1)
        lanes = -(-count // -(-count // self._most_lanes))
        with self._lock, np.errstate(all="ignore"):  # there is room for one run
            leaves = np.array([leaf._data for leaf in self.leaves])
            runs = [self._run(sets[start : start + lanes], leaves) for start in range(0, count, lanes)]
        values, gradients, are_finite = runs[0] if len(runs) == 1 else map(np.concatenate, zip(*runs))
        return values, gradients, are_finite

    def _run(self, sets: Floats, leaves: Floats) -> tuple[Floats, Floats, Bools]:
        """Do as `run`, with no more sets than there is room for at once."""
        at = sets.shape[1]
        if len(sets) != self._lanes:
            self._lay_out(len(sets))
        self._numbers[:at] = sets.T
        self._numbers[at : at + len(leaves)] = leaves[:, np.newaxis]
        for call in self._calls:
            call()
        data = self._numbers[: self.data_size]
        gradients = self._numbers.take(self.gradients, 0)
        are_finite = np.logical_and.reduce(np.isfinite(data)) & np.logical_and.reduce(np.isfinite(gradients))
        return data[-1].copy(), gradients.T, are_finite

    def _lay_out(self, lanes: int) -> None:
        """Divide the room for so many sets at once, and bind the calls to it."""
        if lanes > self._most:
            self._held, self._factors = np.empty(self.size * lanes), np.empty(2 * self.products * lanes)
            self._most = lanes
        self._numbers = numbers = self._held[: self.size * lanes].reshape(self.size, lanes)
        start = len(self.gradients) + len(self.leaves)
        numbers[start : start + len(self.fixed)] = self.fixed[:, np.newaxis]
        numbers[-1] = 1.0
        self._calls = [call for step in (*self.forward, *self.backward) for call in step.calls(numbers, self._factors)]
        self._lanes = lanes
