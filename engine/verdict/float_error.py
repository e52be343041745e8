"""How far a true gradient may be off by float error: that of what is added up, carried through the whole graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import hypot, inf
from random import Random
from typing import Any

from ..local import local_derivatives
from ..value import Value
from . import late
from .tolerance import NOISE

CARRIED = 0.01
"""What a gradient is off by itself, as a share of `NOISE`, for all that follows from it: some 45 roundings."""
CANCELLED = 2.0 * 2.0**-52 / NOISE
"""A local derivative that is a difference is off by some two roundings of its terms: in the unit of `NOISE`."""

_random = Random(0)
_DRAWN = [_random.gauss(0.0, 1.0) for _ in range(251)]


class Edges:
    """The uses that nodes make of their operands, by their places in the backward order, found as they are asked for.

    Each is the place of the operand, the local derivative by it, and what sizes are multiplied by, see `local_sizes`.

    Args:
        order: the nodes in backward order.
        chosen: local derivatives that are others than their operation's rule says.
    """

    def __init__(self, order: Sequence[Value], chosen: Mapping[Value, Sequence[Any]]) -> None:
        self.order, self._chosen = order, chosen
        self.places = {node: place for place, node in enumerate(order)}
        self._found: dict[int, list[tuple[int, Any, Any]]] = {}

    def __getitem__(self, place: int) -> list[tuple[int, Any, Any]]:
        found = self._found.get(place)
        if found is None:
            node = self.order[place]
            locals_ = self._chosen.get(node) or local_derivatives(node)
            places = self.places
            found = list(zip([places[one] for one in node.operands], locals_, local_sizes(node, locals_)))
            self._found[place] = found
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
        count = len(expected)
        self._sizes, self._own, self._carried, self._sample = ([0.0] * count for _ in range(4))  # type: list[Any]
        self._sizes[0] = 1.0

    def __getitem__(self, place: int) -> Any:
        if not 0 <= place < len(self):
            raise KeyError(place)
        while self._next < place:
            self._pass_on(self._next)
            self._next += 1
        carried, sample = self._carried[place], abs(self._sample[place])
        is_number = carried.__class__ is float and sample.__class__ is float
        return self._sizes[place] + (max(carried, sample) if is_number else late.entries().larger(carried, sample))

    def _pass_on(self, place: int) -> None:
        own, size = self._own[place], abs(self._expected[place])
        shape = self._edges.order[place].shape
        if shape:
            entries = late.entries()
            carried = entries.spread(entries.in_quadrature(self._carried[place], own), shape)
            sample = entries.spread(self._sample[place] + entries.sampled(own, shape, seed=place), shape)
        else:
            carried = hypot(self._carried[place], own)
            sample = self._sample[place] + own * _DRAWN[place % len(_DRAWN)]
        op = self._edges.order[place].op
        for at, local, amount in self._edges[place]:
            direct = size * amount
            # The roundings of a local derivative go on as they are.
            own = CARRIED * direct if op.cancelling is None else direct - (1.0 - CARRIED) * (size * abs(local))
            if local.__class__ is float:
                together = hypot(self._carried[at], carried * amount)
                self._carried[at] = together if together < inf else 0.0
            else:
                self._carried[at] = late.entries().in_quadrature(self._carried[at], amount.in_quadrature(carried))
            self._sizes[at] = self._sizes[at] + direct
            self._own[at] = self._own[at] + own
            self._sample[at] = self._sample[at] + sample * local

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
        abs(local) + CANCELLED * size if isinstance(local, float) else local.of_sizes(CANCELLED * size)
        for local, size in zip(locals_, terms)
    ]
