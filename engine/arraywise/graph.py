"""A graph as columns of numbers, so that a verdict on 250,000 nodes costs little more than their backward pass.

A labelled array may hold nodes that the root does not depend on (the letters of `C` that a batch does
not use, the log-probabilities of the wrong answers). Their gradient is 0, a learner may write something
else there, and that carries on; so they belong to the graph that is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import ops
from .names import ArrayName, Label, array_of
from .ops import COPY
from .sweep import Bools, Edges, Floats, Ints, Sweeper

if TYPE_CHECKING:
    from ..ops import Op
    from ..value import Value

# Their rules are plain arithmetic, which numpy does on whole columns to the very same bits.
_COLUMNWISE = frozenset({ops.ADD, ops.SUBTRACT, ops.MULTIPLY, ops.DIVIDE, ops.NEGATE, COPY})

_AT_MOST_BINARY = frozenset({*ops.BUILT_IN, COPY})

_data, _op, _label = attrgetter("_data"), attrgetter("op"), attrgetter("label")
_first, _second = attrgetter("_first"), attrgetter("_second")


class Member(NamedTuple):
    """The entries of an array that are in the graph: places in the backward order, places in the array."""

    nodes: Ints
    entries: Ints


class Columns:
    """A graph in backward order, its root first.

    Attributes:
        order: the nodes.
        edges: the edges.
        arrays: the labelled arrays that have entries in the graph.
        is_fresh: whether every node's data is what its operation gives.
        is_smooth: whether every local derivative is finite, constants' apart.
    """

    def __init__(self, order: list[Value], labelled: list[int]) -> None:
        """`labelled` are the places of the arrays' entries; see `whole_graph`."""
        self.order = order
        self.arrays = _members(order, labelled)
        self.is_fresh = self.is_smooth = True
        self.data: Floats = np.array(list(map(_data, order)))
        self.edges = self._edges()

    def __len__(self) -> int:
        return len(self.order)

    def _edges(self) -> Edges:
        order = self.order
        for place, node in enumerate(order):
            node._scratch = place
        first = np.array([-1 if node is None else node._scratch for node in map(_first, order)], dtype=np.int64)
        second = np.array([-1 if node is None else node._scratch for node in map(_second, order)], dtype=np.int64)
        made_by = list(map(_op, order))
        numbers = {op: number for number, op in enumerate(dict.fromkeys(made_by))}
        op_number = np.array(list(map(numbers.__getitem__, made_by)))
        locals_ = np.zeros((len(order), 2))
        more: list[int] = []
        with np.errstate(all="ignore"):
            for op, number in numbers.items():
                nodes = np.flatnonzero(op_number == number)
                if op is None:
                    continue
                if op not in _AT_MOST_BINARY:
                    variadic = [place for place in nodes.tolist() if order[place]._rest]
                    more += variadic
                    nodes = np.setdiff1d(nodes, variadic)
                unary = nodes[second[nodes] < 0]
                binary = nodes[second[nodes] >= 0]
                (locals_[unary, 0],) = self._locals_of(op, unary, first[unary])
                locals_[binary, 0], locals_[binary, 1] = self._locals_of(op, binary, first[binary], second[binary])
        first[more] = second[more] = -1
        operands = np.column_stack([first, second]).ravel()
        places = np.flatnonzero(operands >= 0)
        edges = Edges(places >> 1, operands[places], places & 1, locals_.ravel()[places])
        rows = [row for place in more for row in self._rows(place)]
        if rows:
            edges = Edges(*(np.concatenate([column, extra]) for column, extra in zip(edges, zip(*rows))))
            edges = edges.take(np.argsort(edges.consumer, kind="stable"))
        self._leave_constants_out(edges)
        return edges

    def _leave_constants_out(self, edges: Edges) -> None:
        """Nobody asks for the derivative by a constant: the exponent of x**2 has none where x < 0."""
        for edge in np.flatnonzero(~np.isfinite(edges.local)).tolist():
            if self.order[edges.operand[edge]].is_constant:
                edges.local[edge] = 0.0
            else:
                self.is_smooth = False

    def _locals_of(self, op: Op, nodes: Ints, *operands: Ints) -> Any:
        """The local derivatives of some nodes of one operation, a column an operand; notes what is stale."""
        columns = [self.data[places] for places in operands]
        data = self.data[nodes]
        if op in _COLUMNWISE and len(nodes):
            forward: Any = op.forward(*columns)
            locals_: Any = op.derivatives(*columns, data)
        else:
            lists = [column.tolist() for column in columns]
            forward = _each(op.forward, lists)
            rows = _each(op.derivatives, [*lists, data.tolist()])
            if rows is None:
                self.is_smooth = False
            locals_ = zip(*rows) if rows else [np.zeros(len(nodes))] * len(operands)
        self.is_fresh &= forward is not None and bool(np.array_equal(forward, data))
        return locals_

    def _rows(self, place: int) -> list[tuple[int, int, int, float]]:
        """The edges into a node of three or more operands."""
        node = self.order[place]
        assert node.op is not None
        inputs = [operand._data for operand in node.operands]
        forward = _each(node.op.forward, [[number] for number in inputs])
        self.is_fresh &= forward is not None and forward[0] == node._data
        rows = _each(node.op.derivatives, [[number] for number in (*inputs, node._data)])
        if rows is None:
            self.is_smooth = False
            return []
        places = [int(operand._scratch) for operand in node.operands]
        return [(place, operand, which, local) for which, (operand, local) in enumerate(zip(places, rows[0]))]

    def sweep(self, given: Floats, is_given: Bools) -> Floats:
        """See `Sweeper.chain_rule`."""
        return self.sweeper.chain_rule(given, is_given)

    @cached_property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.edges, len(self))

    def sums(self, passed_on: Floats) -> tuple[Floats, Floats]:
        """What the consumers pass to each node, and the summed sizes of that; the root has 1."""
        contributions = passed_on[self.edges.consumer] * self.edges.local
        total: Any = np.bincount(self.edges.operand, contributions, len(self))
        size: Any = np.bincount(self.edges.operand, np.abs(contributions), len(self))
        total[0] = size[0] = 1.0
        return total, size


def whole_graph(root: Value, order: list[Value]) -> tuple[list[Value], list[int]]:
    """The graph in backward order, with the entries of its arrays that the root does not depend on.

    The caller has held `graph.walking` since it made `order`, the graph in topological order.

    Returns:
        The nodes, the root first, and the places of the arrays' entries among them.
    """
    labelled = _labelled(order)
    known = _arrays_of([order[place] for place in labelled])
    beyond: list[Value] = []
    newest = known
    while newest:
        strangers = [node for named in newest for node in named.living_nodes() if node._visit is not root._visit]
        found = _walk(strangers, root)
        beyond += found
        newest = _arrays_of(found) - known
        known |= newest
    beyond = _independent(beyond, root)
    whole = [root, *reversed(beyond), *reversed(order[:-1])]
    start, end = len(beyond) + 1, len(whole) - 1
    return whole, [*_labelled(whole[:start]), *(end - place for place in reversed(labelled) if place != len(order) - 1)]


def _arrays_of(nodes: list[Value]) -> set[ArrayName]:
    return {named for node in nodes if (named := array_of(node)) is not None}


def _labelled(order: list[Value]) -> list[int]:
    """The places of the entries of arrays."""
    return [place for place, label in enumerate(map(_label, order)) if label.__class__ is Label]


def _walk(starts: list[Value], root: Value) -> list[Value]:
    """The nodes not met yet that the starts depend on, operands first."""
    met = root._visit
    found: list[Value] = []
    stack = [(node, False) for node in reversed(starts)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            found.append(node)
        elif node._visit is not met:
            node._visit = met
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(node.operands) if operand._visit is not met)
    return found


def _independent(beyond: list[Value], root: Value) -> list[Value]:
    """Without those computed from the root: they are no part of its backward pass."""
    after = {root}
    for node in beyond:
        if any(operand in after for operand in node.operands):
            after.add(node)
    return [node for node in beyond if node not in after]


def _members(order: list[Value], labelled: list[int]) -> dict[ArrayName, Member]:
    """The arrays of a graph, each with its entries there; two arrays may have one name."""
    rows: dict[ArrayName, tuple[list[int], list[int]]] = {}
    for place in labelled:
        label: Any = order[place].label
        if label.array not in rows:
            rows[label.array] = ([], [])
        nodes, entries = rows[label.array]
        nodes.append(place)
        entries.append(label.place)
    return {named: Member(np.array(nodes), np.array(entries)) for named, (nodes, entries) in rows.items()}


def _each(rule: Callable[..., Any], columns: list[list[float]]) -> list[Any] | None:
    """The rule for each row; None where it has no value for one."""
    try:
        return list(map(rule, *columns))
    except (ArithmeticError, ValueError):
        return None
