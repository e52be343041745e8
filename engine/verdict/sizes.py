"""How large the contributions to a gradient are, which is what float noise is a share of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ..value import Value
from .tolerance import NOISE

CANCELLED = 2.0 * 2.0**-52 / NOISE
"""A local derivative that is a difference is off by some two roundings of its terms: in the unit of `NOISE`."""


class WhenAsked(Mapping[int, Any]):
    """Sizes by places, worked out when the first is asked for: where nothing is wrong few ever are."""

    def __init__(self, work_out: Callable[[], Mapping[int, Any]]) -> None:
        self._work_out = work_out

    @cached_property
    def _found(self) -> Mapping[int, Any]:
        return self._work_out()

    def __getitem__(self, place: int) -> Any:
        return self._found[place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def local_sizes(node: Value, locals_: Sequence[Any]) -> list[Any]:
    """What the size of an upstream gradient is multiplied by for each operand: |local derivative|, and its roundings.

    Another exact formula for a local derivative differs from ours by its roundings: 1/cosh(x)^2 from 1 - y*y by 0.1% of
    it at x = 15. They go where sizes go, so that what is passed on through nodes left blank may be off by them too.

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


def through_blank(size: Any, amount: Any) -> Any:
    """The size of what a node that was left blank passes on to an operand.

    The sizes that reached it stand for its float noise. Within an array that is noise of many entries, which do not all
    err to one side: added up as sizes it would be multiplied by a matrix of absolute values at each step of a
    recurrence, and be larger than any mistake after some forty.

    Args:
        size: of the node's gradient.
        amount: of the use, as of `local_sizes`.
    """
    return size * amount if isinstance(amount, float) else amount.in_quadrature(size)
