"""What a graph is judged by: the graph, its mirror, and what is known of its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ...arrays.amounts import alike, is_anything, plain
from ...repair.source import Source
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison
from ..reading import Cause
from .pullbacks import fitted

if TYPE_CHECKING:
    from .graph import Graph
    from .mirror import Mirror
    from .operations import Operation
    from .walking import Walker

RTOL = 1e-6


@dataclass(frozen=True)
class Subject:
    """A graph that is judged.

    Attributes:
        mirror: it in nodes of ours.
        base: their gradients compared with the truth.
        walker: it runs their backward pass on copies.
        operations: of the graph.
        kinds: of the faults that were found in its rules.
        judgeable: the nodes of ours whose gradient can be judged.
    """

    graph: Graph
    mirror: Mirror
    base: Comparison
    walker: Walker
    operations: Sequence[Operation]
    kinds: frozenset[str]
    judgeable: frozenset[Value]

    @property
    def rtol(self) -> float:
        return self.base.tolerance.rtol

    def name(self, node: Any) -> str:
        """What one of their nodes is called."""
        return self.base.names[self.mirror[node]]

    @property
    def grads(self) -> list[Any]:
        """The gradients as they stand, in the graph's order; None for none."""
        return list(self.graph.engine.grads(self.graph.order))


class Judged(NamedTuple):
    """What is to be said of their backward pass, and of what has happened to the graph beside it.

    Attributes:
        causes: nodes of ours, each with its cause.
        can_judge: whether the gradients that stand there can be judged: one backward pass has come to them.
        remark: a sentence, "" for none.
    """

    causes: Sequence[tuple[Value, Cause]] = ()
    can_judge: bool = True
    remark: str = ""


def is_same(one: Any, other: Any, rtol: float = RTOL) -> bool:
    """Whether two gradients are the same; none is 0."""
    if one is None or other is None:
        return not is_anything(one if other is None else other)
    return alike(plain(fitted(one, other)), plain(other), rtol, 1e-12)


class Fault(NamedTuple):
    """Something that is wrong with a rule of theirs.

    Attributes:
        places: the nodes with that rule.
        which: the operand that it shows in.
        kind: as of a `Slip`.
        clause: the mistake in words.
        source: the line; None where none can be told.
        name: what they call the operation.
        also: other kinds that give the same.
        is_named: whether it is known which mistake it is, and not just that the number is another.
    """

    places: Sequence[Any]
    which: int
    kind: str
    clause: str
    source: Source | None
    name: str
    also: tuple[str, ...] = ()
    is_named: bool = True

    def slip(self, to: str) -> Slip:
        """The slip of a node.

        Args:
            to: the operand, in words.
        """
        at = "" if self.source is None else f" ({self.source.place})"
        what = "" if self.kind in ("not-recorded", "in-place") else f", what it passes to {to}"
        return Slip(self.kind, f"{self.name}{at}{what}: {self.clause}", self.also)
