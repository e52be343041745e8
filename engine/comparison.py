"""What a comparison holds: a verdict on each node, and how to ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from .autodiff import local_derivatives
from .errors import NotANodeError, NotInGraphError
from .graph import consumers
from .names import Names
from .number import finite_or_none

if TYPE_CHECKING:
    from .arraywise.comparison import ArrayResult
    from .diagnose import Slip
    from .tolerance import Tolerance
    from .value import Value


class Status(Enum):
    """The verdict on one node."""

    CORRECT = "correct"
    WRONG = "wrong"
    """The mistake is made here: the number fits neither the truth nor the learner's own numbers."""
    CARRIED = "carried"
    """Wrong, but right given the learner's own upstream gradients: it follows from a mistake nearer the output."""
    MISSING = "missing"
    """Not filled in."""
    SKIPPED = "skipped"
    """Not asked for."""


class Term(NamedTuple):
    """One use of a node: what the learner's gradient of the node should add up, as local x upstream."""

    consumer: Value
    local: float
    upstream: float

    @property
    def contribution(self) -> float:
        return self.local * self.upstream


class NodeResult:
    """The verdict on one node of a `Comparison`.

    Attributes:
        node: the node.
        actual: what stood in its grad.
        expected: the reference gradient.
        status: the verdict.
    """

    __slots__ = ("_comparison", "node", "actual", "expected", "status")

    def __init__(self, comparison: Comparison, node: Value, actual: Any, expected: float, status: Status) -> None:
        self._comparison = comparison
        self.node = node
        self.actual = actual
        self.expected = expected
        self.status = status

    @property
    def name(self) -> str:
        """The node's name in this graph."""
        return self._comparison.names[self.node]

    @property
    def error(self) -> float | None:
        """|actual - expected|; None where actual is not a finite number."""
        number = finite_or_none(self.actual)
        return None if number is None else abs(number - self.expected)

    @property
    def terms(self) -> tuple[Term, ...]:
        """One term an edge to a consumer, output first, with the learner's own upstream gradients.

        An upstream gradient that is not filled in, or is no finite number, is taken as the chain
        rule gives it from the learner's numbers further up; the root's as 1.
        """
        return self._comparison.terms(self.node)

    @property
    def slip(self) -> Slip | None:
        """The named mistake of a WRONG result, None where nothing explains it."""
        return self._comparison.slip(self)

    def __repr__(self) -> str:
        return f"NodeResult({self.name}: actual={self.actual!r}, expected={self.expected!r}, {self.status.value})"


_NOT_OK = frozenset({Status.WRONG, Status.CARRIED, Status.MISSING})


class Comparison:
    """The verdicts on a graph, output first; true where every node asked for is correct.

    `str()` gives a table, `comparison[node]` one result.
    """

    titles = ("your grad", "expected")
    """What `actual` and `expected` are called in a table."""
    caption = "grad"
    """What `actual` is called where there is little room."""

    def __init__(
        self,
        root: Value,
        order: list[Value],
        actual: list[Any],
        expected: list[float],
        statuses: list[Status],
        tolerance: Tolerance,
    ) -> None:
        self.root = root
        self.tolerance = tolerance
        self.names = Names(root)
        self._order, self._actual, self._expected, self._statuses = order, actual, expected, statuses
        self._slips: dict[Value, Slip | None] = {}
        self._locals: dict[Value, Sequence[float]] = {}

    @cached_property
    def results(self) -> tuple[NodeResult, ...]:
        """One result a node of the graph, in backward order, those not asked for included."""
        columns = zip(self._order, self._actual, self._expected, self._statuses)
        return tuple(NodeResult(self, *column) for column in columns)

    @property
    def arrays(self) -> tuple[ArrayResult, ...]:
        """One result a labelled array, in backward order; () for a graph without them."""
        return ()

    @property
    def ok(self) -> bool:
        """Whether every node asked for is correct."""
        return not any(status in _NOT_OK for status in self.counts)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many results have each status; a status that none has is left out."""
        found: dict[Status, int] = {}
        for status in self._statuses:
            found[status] = found.get(status, 0) + 1
        return found

    @property
    def wrong(self) -> tuple[NodeResult, ...]:
        """The WRONG and the CARRIED results."""
        return self._with(Status.WRONG, Status.CARRIED)

    @property
    def causes(self) -> tuple[NodeResult, ...]:
        """The WRONG results alone: where a mistake is made."""
        return self._with(Status.WRONG)

    @property
    def missing(self) -> tuple[NodeResult, ...]:
        return self._with(Status.MISSING)

    def _with(self, *wanted: Status) -> tuple[NodeResult, ...]:
        if not any(status in self.counts for status in wanted):
            return ()
        return tuple(result for result in self.results if result.status in wanted)

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[NodeResult]:
        return iter(self.results)

    def __getitem__(self, node: Value) -> NodeResult:
        try:
            return self.results[self._places[node]]
        except (KeyError, TypeError):
            if not hasattr(node, "_rest"):
                raise NotANodeError(node, "comparison[{}]") from None
            raise NotInGraphError(self.names[node], self.names[self.root], "comparison[node]") from None

    @cached_property
    def _places(self) -> dict[Value, int]:
        return {node: place for place, node in enumerate(self._order)}

    @cached_property
    def uses(self) -> dict[Value, list[tuple[Value, int]]]:
        """Each node's uses as (consumer, which operand of it)."""
        return consumers(self._order[::-1])

    @cached_property
    def upstream(self) -> dict[Value, float]:
        """What counts as the learner's gradient of each node when it is passed on; see `NodeResult.terms`."""
        return _learners_gradients(self._order, self._actual)

    @cached_property
    def multiples(self) -> frozenset[int]:
        """The whole numbers that stand in the graph: constants and their inverses, and how many uses and operands."""
        found = {len(uses) for uses in self.uses.values()}
        for node in self._order:
            found.add(len(node.operands))
            if node.is_constant and node.data:
                size = abs(node.data)
                found |= {number for number in (round(size), round(1.0 / size)) if number in (size, 1.0 / size)}
        return frozenset(found)

    def terms(self, node: Value) -> tuple[Term, ...]:
        return tuple(
            Term(consumer, self._local_derivatives(consumer)[place], self.upstream[consumer])
            for consumer, place in self.uses[node]
        )

    def _local_derivatives(self, consumer: Value) -> Sequence[float]:
        """Kept, as an operation with many inputs is asked once for each."""
        if consumer not in self._locals:
            self._locals[consumer] = local_derivatives(consumer)
        return self._locals[consumer]

    def slip(self, result: NodeResult) -> Slip | None:
        if result.status is not Status.WRONG:
            return None
        if result.node not in self._slips:
            from .diagnose import diagnose

            self._slips[result.node] = diagnose(result, self)
        return self._slips[result.node]

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it; what is no finite number is given as its repr."""
        nodes = []
        for result in self.results:
            number = finite_or_none(result.actual)
            shown = result.actual if result.actual is None else repr(result.actual)
            slip = result.slip
            nodes.append(
                {
                    "name": result.name,
                    "op": result.node.op.name if result.node.op else None,
                    "data": result.node.data,
                    "actual": shown if number is None else number,
                    "expected": result.expected,
                    "error": result.error,
                    "status": result.status.value,
                    "slip": None if slip is None else slip.to_dict(),
                }
            )
        return {
            "root": self.names[self.root],
            "ok": self.ok,
            "counts": {status.value: self.counts.get(status, 0) for status in Status},
            "nodes": nodes,
        }

    def table(self, *, reveal: bool = True) -> str:
        """The results as text; `reveal=False` leaves out the expected numbers."""
        from .table import table

        return table(self, reveal=reveal)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        found = ", ".join(f"{self.counts[s]} {s.value}" for s in Status if s in self.counts)
        return f"Comparison({self.names[self.root]}: {found})"


def _learners_gradients(order: list[Value], actual: list[Any]) -> dict[Value, float]:
    chain = dict.fromkeys(order, 0.0)
    chain[order[0]] = 1.0
    for node, written in zip(order, actual):
        number = finite_or_none(written)
        if number is not None:
            chain[node] = number
        for operand, local in zip(node.operands, local_derivatives(node)):
            if operand in chain:
                chain[operand] += chain[node] * local
    return chain
