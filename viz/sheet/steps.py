"""The backward pass edge by edge: what each use passes back, and the running sums."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from handgrad import Value, gradients
from handgrad.autodiff import pass_on
from handgrad.graph import consumers
from handgrad.local import local_derivatives
from handgrad.verdict.result import Term

MOST_STEPS = 2000
"""A longer pass is shown up to here: nobody steps through more edges."""


@dataclass(frozen=True)
class Step:
    """One edge of the backward pass.

    Attributes:
        operand, consumer: the edge, and `place` which operand of the consumer it is.
        local: the derivative of the consumer by the operand: a number, between arrays an Edge.
        upstream: the consumer's gradient.
        total: the operand's gradient once this is added.
        use, uses: which of the operand's uses it is, from 1, and of how many.
    """

    operand: Value
    consumer: Value
    place: int
    local: Any
    upstream: Any
    total: Any
    use: int
    uses: int

    @property
    def contribution(self) -> Any:
        """Upstream x local: a number, or an array of the operand's shape."""
        return Term(self.consumer, self.local, self.upstream).contribution

    @property
    def is_of_arrays(self) -> bool:
        return bool(self.operand.shape or self.consumer.shape)


class _Sums(dict[Value, Any]):
    """Running sums that remember what they were after each addition."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        super().__init__((node, None) for node in nodes if not node.is_constant)
        self.added: list[Any] = []

    def __setitem__(self, node: Value, total: Any) -> None:
        super().__setitem__(node, total)
        self.added.append(total)


def backward_steps(root: Value, shown: Container[Value], most: int = MOST_STEPS) -> list[Step]:
    """Return the steps into the shown nodes, consumers first, each edge once.

    Raises:
        DomainError: an operation has no finite derivative where it stands.
        ByHandError: this runs where the gradients are to be computed by hand.
    """
    truth = gradients(root)  # its errors say where the pass cannot go on
    order = list(truth)
    uses = consumers(order[::-1])
    sums, met = _Sums(order), dict.fromkeys(order, 0)
    steps: list[Step] = []
    for consumer in order:
        if consumer.is_constant or consumer.op is None:
            continue
        locals_ = local_derivatives(consumer)
        sums.added.clear()
        pass_on(consumer, truth[consumer], locals_, sums)
        totals = iter(sums.added)
        for place, (operand, local) in enumerate(zip(consumer.operands, locals_)):
            if operand.is_constant:
                continue
            met[operand] += 1
            total = next(totals)
            if operand in shown:
                edge = (operand, consumer, place, local, truth[consumer], total)
                steps.append(Step(*edge, met[operand], len(uses[operand])))
                if len(steps) == most:
                    return steps
    return steps
