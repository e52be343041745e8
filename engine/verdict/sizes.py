"""How large the contributions to a gradient are, which is what float noise is a share of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..value import Value
from . import late
from .tolerance import NOISE
from .written import Written

CANCELLED = 2.0 * 2.0**-52 / NOISE
"""A local derivative that is a difference is off by some two roundings of its terms: in the unit of `NOISE`."""


class Sizes(Mapping[int, Any]):
    """The summed sizes of what true gradients are the sum of, by places, each worked out when it is asked for.

    Through arrays that were left blank sizes are passed on as those of errors are, see `through_blank`.

    Args:
        written: what the learner wrote, by the places of which there are sizes.
        expected: the true gradients.
        uses_at: the uses of the node at a place, as (place of the consumer, which operand of it).
        local: of a use, the local derivative.
        amount: of a use, as of `local_sizes`.
    """

    def __init__(
        self,
        written: Mapping[int, Written],
        expected: Sequence[Any],
        uses_at: Callable[[int], Sequence[tuple[int, int]]],
        local: Callable[[int, int], Any],
        amount: Callable[[int, int], Any],
    ) -> None:
        self._written, self._expected, self._uses_at = written, expected, uses_at
        self._local, self._amount = local, amount
        self._found: dict[int, Any] = {}
        self._samples: dict[int, Any] = {}

    def __getitem__(self, place: int) -> Any:
        if place not in self._written:
            raise KeyError(place)
        met, waiting = {place}, [place]
        for one in waiting:  # it grows as it is walked
            for consumer, _ in self._uses_at(one):
                if consumer not in met and consumer not in self._found and is_blank(self._written, consumer):
                    met.add(consumer)
                    waiting.append(consumer)
        for one in sorted(met - self._found.keys()):
            self._found[one] = self._summed(one)
        return self._found[place]

    def _summed(self, place: int) -> Any:
        own: Any = 0.0 if place else 1.0
        passed: Any = 0.0
        sample: Any = 0.0
        for consumer, which in self._uses_at(place):
            amount = self._amount(consumer, which)
            if is_blank(self._written, consumer):
                passed = passed + through_blank(self._found[consumer], amount)
                sample = sample + self._samples[consumer] * self._local(consumer, which)
            else:
                own = own + abs(self._expected[consumer]) * amount
        size = own + passed
        if not isinstance(sample, float):
            size = late.entries().larger(size, abs(sample))
        if is_blank(self._written, place):
            self._samples[place] = sample + (own if isinstance(own, float) else late.entries().sampled(own, seed=place))
        return size

    def __iter__(self) -> Iterator[int]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


def is_blank(written: Mapping[int, Written], place: int) -> bool:
    """Whether no number can be read at a place."""
    return place in written and written[place].number is None


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
    recurrence, and be larger than any mistake after some forty. Once mixed they are independent no more: an average
    of n of them that is averaged again stays as far off as it was, and does not come nearer by the root of n. So a
    sample of them goes the way of the gradients besides, see `Sizes`, and a size is the larger of the two.

    Args:
        size: of the node's gradient.
        amount: of the use, as of `local_sizes`.
    """
    return size * amount if isinstance(amount, float) else amount.in_quadrature(size)
