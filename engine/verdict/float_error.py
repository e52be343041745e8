"""How far a true gradient may be off by float error: that of what is added up, carried through the whole graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from math import hypot, inf
from random import Random
from typing import Any

from ..local import local_derivatives
from ..ops import ADD, MULTIPLY
from ..value import Value
from . import late
from .tolerance import NOISE

CARRIED = 0.01
"""What a gradient is off by itself, as a share of `NOISE`, for all that follows from it: some 45 roundings."""
CANCELLED = 2.0 * 2.0**-52 / NOISE
"""A local derivative that is a difference is off by some two roundings of its terms: in the unit of `NOISE`."""

_random = Random(0)
_DRAWN = [_random.gauss(0.0, 1.0) for _ in range(251)]


class Edges(dict[int, list[tuple[int, Any, Any]]]):
    """The uses that nodes make of their operands, by their places in the backward order, found as they are asked for.

    Each is the place of the operand, the local derivative by it, and what sizes are multiplied by, see `local_sizes`.

    Args:
        order: the nodes in backward order.
        chosen: local derivatives that are others than their operation's rule says.
    """

    def __init__(self, order: Sequence[Value], chosen: Mapping[Value, Sequence[Any]]) -> None:
        super().__init__()
        self.order, self._chosen = order, chosen

    @cached_property
    def places(self) -> dict[Value, int]:
        """Each node's place."""
        return dict(zip(self.order, count()))

    def __missing__(self, place: int) -> list[tuple[int, Any, Any]]:
        node, places = self.order[place], self.places
        first: Any = node._first
        second: Any = node._second
        if node.op is ADD or node.op is MULTIPLY:  # as in a sweep, nearly all there is, written out
            by_first, by_second = (1.0, 1.0) if node.op is ADD else (second._data, first._data)
            found = [(places[first], by_first, abs(by_first)), (places[second], by_second, abs(by_second))]
        else:
            locals_ = self._chosen.get(node) or local_derivatives(node)
            found = list(zip([places[one] for one in node.operands], locals_, local_sizes(node, locals_)))
        self[place] = found
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
    """

    def __init__(self, edges: Edges, expected: Sequence[Any]) -> None:
        self._edges, self._expected, self._next = edges, expected, 0
        length = len(expected)
        zeros: list[list[Any]] = [[0.0] * length for _ in range(4)]
        self._sizes, self._own, self._carried, self._sample = zeros
        self._sizes[0] = 1.0

    def __getitem__(self, place: int) -> Any:
        if not 0 <= place < len(self):
            raise KeyError(place)
        if self._next < place:
            self._pass_on(range(self._next, place))
            self._next = place
        carried, sample = self._carried[place], abs(self._sample[place])
        is_number = carried.__class__ is float and sample.__class__ is float
        return self._sizes[place] + (max(carried, sample) if is_number else late.entries().larger(carried, sample))

    def _pass_on(self, places: Iterable[int]) -> None:
        sizes, owns, all_carried, samples = self._sizes, self._own, self._carried, self._sample
        edges, order, expected = self._edges, self._edges.order, self._expected
        for place in places:
            node, own, size = order[place], owns[place], abs(expected[place])
            if node.op is None:
                continue
            if node.shape:
                entries = late.entries()
                carried = entries.spread(entries.in_quadrature(all_carried[place], own), node.shape)
                sample = entries.spread(samples[place] + entries.sampled(own, node.shape, seed=place), node.shape)
            else:
                carried = hypot(all_carried[place], own)
                sample = samples[place] + own * _DRAWN[place % len(_DRAWN)]
                if not (size or carried or sample):
                    continue
            is_plain = node.op.cancelling is None
            for at, local, amount in edges[place]:
                direct = size * amount
                if local.__class__ is float:
                    together = hypot(all_carried[at], carried * amount)
                    all_carried[at] = together if together < inf else 0.0
                else:
                    all_carried[at] = late.entries().in_quadrature(all_carried[at], amount.in_quadrature(carried))
                # The roundings of a local derivative go on as they are.
                own = CARRIED * direct if is_plain else direct - (1.0 - CARRIED) * (size * abs(local))
                sizes[at], owns[at] = sizes[at] + direct, owns[at] + own
                samples[at] = samples[at] + sample * local

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return len(self._expected)


def local_sizes(node: Value, locals_: Sequence[Any]) -> list[Any]:
    """Return what the size of an upstream gradient is multiplied by for each operand: |local derivative|, and more.

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
