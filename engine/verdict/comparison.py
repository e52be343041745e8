"""What a comparison holds: a verdict on each node, and how to ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..autodiff import pass_on
from ..errors import NotANodeError, NotInGraphError
from ..graph import consumers, is_node
from ..local import local_derivatives
from ..memory import big_graph
from ..names import Names
from ..slips.diagnose import diagnose
from . import late
from .contracted import contracted
from .outlets import outlet
from .result import NodeResult, Term
from .status import Status
from .table import table
from .written import Written

if TYPE_CHECKING:
    from ..slips.slip import Slip
    from ..value import Value
    from .array_result import ArrayResult
    from .tolerance import Tolerance


_NOT_OK = frozenset({Status.WRONG, Status.CARRIED, Status.MISSING})


class Comparison:
    """The verdicts on a graph, output first; true where every node asked for is correct.

    `str()` gives a table, `comparison[node]` one result.

    Attributes:
        root: where backward starts.
        remark: a sentence about the whole, such as a convention that it follows; "" for none.
        patch: the smallest edit of somebody's file that mends it, as a unified diff; "" where none is proven.
    """

    titles = ("your grad", "expected")
    """What `actual` and `expected` are called in a table."""
    explains = True
    """Whether a wrong number without a slip is worth a word."""
    caption = "grad"
    """What `actual` is called where there is little room."""

    def __init__(
        self,
        root: Value,
        order: list[Value],
        actual: list[Any],
        expected: list[Any],
        statuses: list[Any],
        tolerance: Tolerance,
        written: Mapping[int, Written] | None = None,
        sizes: Mapping[int, Any] | None = None,
    ) -> None:
        """See `compare`; an array's status is an array of the codes of its entries' (`status.CODES`).

        `written` and `sizes` are those of `judge`, by places in the order: where they lack one, `actual` is a number.
        """
        self.root = root
        self.tolerance = tolerance
        self.names = Names(root)
        self._order, self._actual, self._expected, self._statuses = order, actual, expected, statuses
        self._written, self._sizes = written or {}, sizes or {}
        self.remark = ""
        self.patch = ""
        self._slips: dict[Value, Slip | None] = {}
        self._locals: dict[Value, Sequence[Any]] = {}

    @cached_property
    def results(self) -> tuple[NodeResult, ...]:
        """One result a node of the graph, in backward order, those not asked for included."""
        with big_graph():
            return tuple(self._result(place) for place in range(len(self._order)))

    def _result(self, place: int) -> NodeResult:
        node, status = self._order[place], self._statuses[place]
        columns = (self, node, self._actual[place], self._expected[place], status)
        if not node.shape:
            return NodeResult(*columns)
        made: NodeResult = late.array_result().ArrayResult(*columns, self._written[place], self.size(place))
        return made

    def take_verdicts(self, other: Comparison) -> None:
        """Take over what another comparison says of the same nodes, before any result of this one is read.

        Args:
            other: of the same graph, judged with more of it filled in.
        """
        self._statuses, self._sizes, self.remark = other._statuses, other._sizes, other.remark

    def size(self, place: int) -> Any:
        """The summed sizes of what the expected gradient is the sum of, by the node's place in the backward order."""
        return self._sizes.get(place, 0.0)

    @cached_property
    def arrays(self) -> tuple[ArrayResult, ...]:
        """One result an array that is asked for, in the backward order of the expressions; () for a graph without."""
        asked = [result for result in self.results if result.shape and result.status is not Status.SKIPPED]
        if len(asked) < 2:
            return tuple(asked)  # type: ignore[arg-type]
        by_node = {result.node: result for result in asked}
        # In the order of all arrays that have a name, as those between tell which comes first.
        shown = {node for node in self._order if node.shape and (node.label or node in by_node)}
        backward = contracted(self._order, shown).backward_order
        return tuple(by_node[node] for node in backward if node in by_node)  # type: ignore[misc]

    @property
    def ok(self) -> bool:
        """Whether every node asked for is correct."""
        return not any(status in _NOT_OK for status in self.counts)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many results have each status; a status that none has is left out."""
        whole = self._statuses
        if not set(map(type, whole)) <= {Status}:
            whole = [s if isinstance(s, Status) else late.entries().gravest(s) for s in whole]
        return {status: count for status in Status if (count := whole.count(status))}

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
            if not is_node(node):
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
    def upstream(self) -> dict[Value, Any]:
        """What counts as the learner's gradient of each node when it is passed on; see `NodeResult.terms`."""
        chain: dict[Value, Any] = dict.fromkeys(self._order, 0.0)
        chain[self._order[0]] = 1.0
        for place, node in enumerate(self._order):
            number = self._written[place].number if place in self._written else self._actual[place]
            if number is not None:
                chain[node] = number if not node.shape else late.entries().filled_up(number, chain[node])
            elif node.shape and isinstance(chain[node], float):
                chain[node] = late.entries().spread(chain[node], node.shape)
            pass_on(node, chain[node], self.locals_of(node), chain)
        return chain

    @cached_property
    def multiples(self) -> frozenset[int]:
        """The whole numbers that stand in the graph: constants and their inverses, and how many uses and operands."""
        found = {len(uses) for uses in self.uses.values()}
        for node in self._order:
            found.add(len(node.operands))
            if node.is_constant and not node.shape and node.data:
                size = abs(node.data)
                found |= {number for number in (round(size), round(1.0 / size)) if number in (size, 1.0 / size)}
        return frozenset(found)

    def terms(self, node: Value) -> tuple[Term, ...]:
        return tuple(
            Term(consumer, self.locals_of(consumer)[place], self.upstream[consumer])
            for consumer, place in self.uses[node]
        )

    def locals_of(self, consumer: Value) -> Sequence[Any]:
        """Its local derivatives; kept, as an operation with many inputs is asked once for each."""
        if consumer not in self._locals:
            self._locals[consumer] = local_derivatives(consumer)
        return self._locals[consumer]

    def slip(self, result: NodeResult) -> Slip | None:
        if result.status is not Status.WRONG:
            return None
        if result.node not in self._slips:
            find = late.array_slips().diagnose_array if self._is_in_arrays(result.node) else diagnose
            self._slips[result.node] = find(result, self)
        return self._slips[result.node]

    def _is_in_arrays(self, node: Value) -> bool:
        """Whether it is an array, or a number that arrays are computed from."""
        is_number = all(isinstance(self.locals_of(consumer)[place], float) for consumer, place in self.uses[node])
        return bool(node.shape) or not is_number

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it; what is no finite number is given as its repr."""
        return {
            "root": self.names[self.root],
            "ok": self.ok,
            "remark": self.remark,
            "counts": {status.value: self.counts.get(status, 0) for status in Status},
            "nodes": [result.to_dict() for result in self.results],
        }

    @big_graph()
    def table(self, *, reveal: bool = True) -> str:
        """The results as text; `reveal=False` leaves out the expected numbers."""
        return table(self, reveal=reveal)

    def to_kata(self, folder: Any) -> Any:
        """Write what lies between the first cause and the root as a kata, to do again by hand.

        Args:
            folder: a new folder, whose name is the kata's.

        Returns:
            The folder, as a path.

        Raises:
            HandgradError: the folder cannot be the kata's, or the graph cannot be written as one.
        """
        return outlet("kata")(self, folder)

    def sheet(self) -> Any:
        """The graph as a sheet, with what was filled in; see `viz.sheet`."""
        return outlet("sheet")(self)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        found = ", ".join(f"{self.counts[s]} {s.value}" for s in Status if s in self.counts)
        return f"Comparison({self.names[self.root]}: {found})"
