"""How far a true gradient may be off by float error: that of what is added up, carried through the whole graph."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import hypot, inf
from random import Random
from typing import Any

from ..local import local_derivatives
from ..ops import ADD, MULTIPLY
from ..value import Value
from . import entries
from .rounding import NOISE

CARRIED = 0.01
"""What a gradient is off by itself, as a share of `NOISE`, for all that follows from it: some 45 roundings."""
CANCELLED = 2.0 * 2.0**-52 / NOISE
"""A local derivative that is a difference is off by some two roundings of its terms: in the unit of `NOISE`."""

_random = Random(0)
_DRAWN = [_random.gauss(0.0, 1.0) for _ in range(251)]


class Edges(dict["Value", list[tuple["Value", Any, Any]]]):
    """The uses that nodes make of their operands, found as they are asked for.

    Each is the operand, the local derivative by it, and what sizes are multiplied by, see `local_sizes`.

    Args:
        order: the nodes in backward order.
        chosen: local derivatives that are others than their operation's rule says.
    """

    def __init__(self, order: Sequence[Value], chosen: Mapping[Value, Sequence[Any]]) -> None:
        super().__init__()
        self.order, self._chosen = order, chosen

    def __missing__(self, node: Value) -> list[tuple[Value, Any, Any]]:
        first: Any = node._first
        second: Any = node._second
        if node.op is ADD or node.op is MULTIPLY:  # as in a sweep, nearly all there is, written out
            by_first, by_second = (1.0, 1.0) if node.op is ADD else (second._data, first._data)
            found = [(first, by_first, abs(by_first)), (second, by_second, abs(by_second))]
        else:
            locals_ = self._chosen.get(node) or local_derivatives(node)
            found = list(zip(node.operands, locals_, local_sizes(node, locals_)))
        self[node] = found
        return found


class FloatErrors(Mapping[int, Any]):
    """The float error of each true gradient by places, in units of `NOISE`: the summed sizes of its contributions.

    What its consumers' own gradients are off by is carried along, as errors are that do not all go to one side: added
    up as sizes it would be multiplied by a matrix of absolute values at each step of a recurrence, and be larger than
    any mistake after some forty. Once mixed they are independent no more: an average of n of them that is averaged
    again stays as far off as it was. So a sample of them goes the way of the gradients besides, and the larger counts.

    Args:
        edges: the graph's.
        expected: the true gradients.
        asked: the places at which it may be needed; at others it takes a second sweep, through the whole graph.
    """

    def __init__(self, edges: Edges, expected: Sequence[Any], asked: Sequence[int]) -> None:
        self._edges, self._expected = edges, expected
        self._begin(asked)

    def _begin(self, asked: Sequence[int]) -> None:
        is_all = len(asked) == len(self)
        self._asked: Collection[int] = range(len(self)) if is_all else frozenset(asked)
        self._passing: Sequence[int] = range(len(self)) if is_all else ()
        self._next = 0
        # Of each node: the summed sizes, the float error of its own, what is carried, and a sample of that.
        self._parts: dict[Value, list[Any]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
        self._parts[self._edges.order[0]][0] = 1.0

    def __getitem__(self, place: int) -> Any:
        if not 0 <= place < len(self):
            raise KeyError(place)
        if place not in self._asked:
            self._begin(range(len(self)))
        if not self._passing:
            self._passing = places_above(self._edges.order, self._asked, is_through=True)
        end = bisect_left(self._passing, place)
        if self._next < end:
            self._pass_on(self._passing[self._next : end])
            self._next = end
        size, _, carried, sample = self._parts[self._edges.order[place]]
        is_number = carried.__class__ is float and sample.__class__ is float
        return size + (max(carried, abs(sample)) if is_number else entries.larger(carried, abs(sample)))

    def _pass_on(self, places: Iterable[int]) -> None:
        parts, edges, order, expected = self._parts, self._edges, self._edges.order, self._expected
        for place in places:
            node, size = order[place], abs(expected[place])
            if node.op is None:
                continue
            _, own, carried, sample = parts[node]
            if node.__class__ is not Value and node.shape:
                carried = entries.spread(entries.in_quadrature(carried, own), node.shape)
                sample = entries.spread(sample + entries.sample_errors(own, node.shape, seed=place), node.shape)
            else:
                carried = hypot(carried, own)
                sample = sample + own * _DRAWN[place % len(_DRAWN)]
                if not (size or carried or sample):
                    continue
            is_plain = node.op.cancelling is None
            for operand, local, amount in edges[node]:
                direct, part = size * amount, parts[operand]
                if local.__class__ is float:
                    together = hypot(part[2], carried * amount)
                    part[2] = together if together < inf else 0.0
                else:
                    part[2] = entries.in_quadrature(part[2], amount.in_quadrature(carried))
                # The roundings of a local derivative go on as they are.
                own = CARRIED * direct if is_plain else direct - (1.0 - CARRIED) * (size * abs(local))
                part[0], part[1], part[3] = part[0] + direct, part[1] + own, part[3] + sample * local

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return len(self._expected)


def places_above(order: Sequence[Value], asked: Collection[int], *, is_through: bool = False) -> list[int]:
    """Return the places of the consumers of some nodes, in order.

    With them comes their `is_through`, up to the output.
    """
    reached, found = {order[place] for place in asked}, []
    for place in range(max(asked, default=0) - 1, -1, -1):
        node = order[place]
        if node._first in reached or node._second in reached or (node._rest and not reached.isdisjoint(node._rest)):
            found.append(place)
            if is_through:
                reached.add(node)
    return found[::-1]


def local_sizes(node: Value, locals_: Sequence[Any]) -> list[Any]:
    """Return what an upstream gradient's size is multiplied by for each operand.

    That is |local derivative|, and more.

    Another exact formula for a local derivative differs from ours by its roundings: 1/cosh(x)^2 from 1 - y*y by 0.1% of
    it at x = 15. They go where sizes go, so that what follows may be off by them too.

    Args:
        node: an operation.
        locals_: its local derivatives.
    """
    if node.op is None or node.op.cancelling is None:
        return [abs(local) for local in locals_]
    terms = node.op.cancelling(*[operand._data for operand in node.operands], node._data)
    return [
        abs(local) + CANCELLED * size if isinstance(local, float) else local.absolute(CANCELLED * size)
        for local, size in zip(locals_, terms)
    ]


def reach_of(taints: Any, local: Any) -> Any:
    """Return whether a mistake reaches an operand, or which of its entries it reaches."""
    if isinstance(local, float):
        return taints
    reach = local.reach(taints)
    return reach if reach.shape else bool(reach)
