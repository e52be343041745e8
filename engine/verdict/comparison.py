"""What a comparison holds: a verdict on each node, and how to ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..autodiff import sweep
from ..errors import NotANodeError, NotInGraphError
from ..graph import consumers, is_node, subgraph
from ..loading import np
from ..local import local_derivatives
from ..memory import big_graph
from ..names import Names
from ..number import whole_numbers_of
from ..outlets import outlet, picture_of
from . import array_result, entries, report
from .result import NodeResult, Term
from .rounding import Tolerance, UserGradient, upstream_places
from .status import CODES, NOT_OK, Status

if TYPE_CHECKING:
    from ..slips.slip import Slip
    from ..value import Value
    from .array_result import ArrayResult


class ComparisonData(NamedTuple):
    """What was found out about the nodes of a graph."""

    root: Value  # where backward starts
    order: list[Value]  # the nodes in backward order
    actual: Sequence[Any]  # for each, what stood in its grad, and what belongs there
    expected: Sequence[Any]
    statuses: Sequence[Any]  # the verdict on each; on an array one an entry, as an array of codes (`status.CODES`)
    tolerance: Tolerance  # by which they were checked
    # what was read of some, by places in the order: of every array, and of a number that is no plain float. An array
    # that has none has one number for its verdict, as an operation has that made it
    written: Mapping[int, UserGradient] = {}
    # the summed sizes of what the expected gradient is the sum of, by places; none where that is not known
    sizes: Mapping[int, Any] = {}
    # local derivatives that are others than their operation's rule says, by consumers; see `ties`
    chosen: Mapping[Value, Sequence[Any]] = {}
    rounded: frozenset[Value] = frozenset()  # the nodes at which nothing is wrong but that they have too few decimals
    # what is known to be wrong, by nodes; None where it is to be looked for
    slips: Mapping[Value, Slip | None] | None = None
    # what looks for the slip of a WRONG result; None for nothing
    diagnose: Callable[[NodeResult, Comparison], Slip | None] | None = None
    # the line that a gradient was written at, as (file, line, text)
    sources: Mapping[Value, tuple[str, int, str] | None] = {}
    # nodes without a verdict of their own, such as a root that stands for all that nobody looked at
    unlisted: frozenset[Value] = frozenset()
    # whether each was checked by itself, so that nothing is known of what one passes on to another
    is_apart: bool = False
    names: Names | None = None  # what the nodes are called, where that is not what is usual
    # the node that stands for something of somebody else's; None for none
    ours: Callable[[Any], Value | None] | None = None
    remark: str = ""  # a sentence about the whole
    patch: str = ""  # an edit of the user's file that fixes it all, as a unified diff
    titles: tuple[str, str] = ("your grad", "expected")  # of what was checked, and of what it was compared with


class Comparison:
    """The verdicts on a graph, output first; true where every node asked for is correct.

    `str()` gives a table, `comparison[node]` one result.

    Attributes:
        root: where backward starts.
        remark: a sentence about the whole, such as a convention that it follows; "" for none.
        patch: the smallest edit of the user's file that fixes it, as a unified diff; "" where none is proven.
        evidence: what it is made of.
        rounded_nodes: those whose `NodeResult.rounded` is true.
    """

    def __init__(self, evidence: ComparisonData) -> None:
        self.take(evidence)

    def take(self, evidence: ComparisonData) -> None:
        """Forget what there was, and stand for other evidence, as `watch` does at the end of its block."""
        self.__dict__.clear()
        self.evidence = evidence
        self.root, self.tolerance = evidence.root, evidence.tolerance
        self.remark, self.patch = evidence.remark, evidence.patch
        self.rounded_nodes, self.titles = evidence.rounded, evidence.titles
        self.names = Names(evidence.root) if evidence.names is None else evidence.names
        self._order = evidence.order
        self._results: dict[int, NodeResult] = {}
        self.diagnoses: dict[Value, Slip | None] = {}  # of those that are explained together, by the room of slips
        self.studies: list[Any] | None = None  # what it knows of them, where a list is there to keep it in
        self._locals: dict[Value, Sequence[Any]] = dict(evidence.chosen)

    @cached_property
    def results(self) -> tuple[NodeResult, ...]:
        """Return one result a node of the graph, in backward order, those not asked for included."""
        with big_graph():
            return tuple(self.result_at(place) for place, status in enumerate(self.statuses) if status is not None)

    @cached_property
    def statuses(self) -> Sequence[Status | None]:
        """Return the status of each node in backward order, of an array the gravest; None of one that is not listed."""
        every, unlisted = self.evidence.statuses, self.evidence.unlisted
        if not set(map(type, every)) <= {Status}:
            every = list(map(entries.gravest, every))
        if unlisted:
            every = [None if node in unlisted else status for node, status in zip(self._order, every)]
        return every

    def result_at(self, place: int) -> NodeResult:
        """Return the result of the node at a place of the backward order, made once."""
        if place not in self._results:
            evidence, node = self.evidence, self._order[place]
            columns = (self, node, evidence.actual[place], evidence.expected[place], evidence.statuses[place])
            if node.shape and place in evidence.written:
                result: NodeResult = array_result.ArrayResult(*columns, evidence.written[place])
            else:
                result = NodeResult(*columns)
            result.source = evidence.sources.get(node)
            self._results[place] = result
        return self._results[place]

    def size(self, node: Value) -> Any:
        """Return the summed sizes of what the expected gradient of a node is the sum of."""
        return self.evidence.sizes.get(self.places[node], 0.0)

    @cached_property
    def arrays(self) -> tuple[ArrayResult, ...]:
        """Return one result an array that is asked for, in the backward order of the expressions."""
        held = [place for place, node in enumerate(self._order) if node.shape]
        found = [self.result_at(place) for place in held if self.statuses[place] not in (Status.SKIPPED, None)]
        asked = [result for result in found if result.shape]
        if len(asked) < 2 or self.evidence.is_apart:
            return tuple(asked)  # type: ignore[arg-type]
        by_node = {result.node: result for result in asked}
        # In the order of all arrays that have a name, as those between tell which comes first.
        shown = {node for node in self._order if node.shape and (node.label or node in by_node)}
        return tuple(by_node[node] for node in subgraph(self._order, shown) if node in by_node)  # type: ignore[misc]

    @property
    def ok(self) -> bool:
        """Tell whether every node asked for is correct."""
        return not any(status in NOT_OK for status in self.counts)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """Return how many results have each status; a status that none has is left out."""
        return {status: count for status in Status if (count := self.statuses.count(status))}

    @property
    def wrong(self) -> tuple[NodeResult, ...]:
        """Return the WRONG and the CARRIED results."""
        return self._select(Status.WRONG, Status.CARRIED)

    @property
    def causes(self) -> tuple[NodeResult, ...]:
        """Return the WRONG results alone: where a mistake is made."""
        return self._select(Status.WRONG)

    @property
    def rounded(self) -> tuple[NodeResult, ...]:
        """Return the WRONG results that are right and want more decimals; see `NodeResult.rounded`."""
        return tuple(result for result in self.causes if result.rounded)

    @property
    def missing(self) -> tuple[NodeResult, ...]:
        """Return what is not filled in."""
        return self._select(Status.MISSING)

    def _select(self, *wanted: Status) -> tuple[NodeResult, ...]:
        return tuple(self.result_at(place) for place in self.not_ok if self.statuses[place] in wanted)

    @cached_property
    def not_ok(self) -> list[int]:
        """Return the places of all that is wrong, carried or missing."""
        return [at for at, status in enumerate(self.statuses) if status is not Status.CORRECT and status in NOT_OK]

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self._order) - len(self.evidence.unlisted)

    def __iter__(self) -> Iterator[NodeResult]:
        return iter(self.results)

    def __getitem__(self, node: Any) -> NodeResult:
        ours = None if self.evidence.ours is None else self.evidence.ours(node)
        try:
            return self.result_at(self.places[node if ours is None else ours])
        except (KeyError, TypeError):
            if not is_node(node):
                raise NotANodeError(node, "comparison[{}]") from None
            raise NotInGraphError(self.names[node], self.names[self.root], "comparison[node]") from None

    @cached_property
    def places(self) -> dict[Value, int]:
        """Return each node's place in the backward order."""
        return {node: place for place, node in enumerate(self._order)}

    @cached_property
    def uses(self) -> dict[Value, list[tuple[Value, int]]]:
        """Return each node's uses as (consumer, which operand of it)."""
        return consumers(self._order[::-1])

    @cached_property
    def upstream(self) -> dict[Value, Any]:
        """Return what counts as the learner's gradient of each node when it is passed on; see `NodeResult.terms`."""
        return self._passed_on(is_rounded_later=False)

    @cached_property
    def precise_upstream(self) -> dict[Value, Any]:
        """Return the upstream gradients of one who rounds only what they write down, and goes on with all digits.

        Where what they wrote is right it is the true gradient, and where it follows from a mistake what follows.
        """
        return self._passed_on(is_rounded_later=True)

    def _passed_on(self, *, is_rounded_later: bool) -> dict[Value, Any]:
        """Return what each node passes on as its gradient: what was written, where it is blank what arrives there."""
        evidence, order, numbers = self.evidence, self._order, list(self.evidence.actual)
        for place, one in evidence.written.items():
            numbers[place] = one.number
        # What arrives counts only where something is blank, where it is an array, and where it follows from a mistake.
        wanted = {place for place, number in enumerate(numbers) if number.__class__ is not float}
        if is_rounded_later:
            wanted.update(place for place, status in enumerate(evidence.statuses) if status is Status.CARRIED)
            every, right = zip(order, numbers, evidence.expected, evidence.statuses), self.rounded_nodes
            numbers = [true if at in right or status is Status.CORRECT else own for at, own, true, status in every]
        chain = dict(zip(order, numbers))
        sums: dict[Value, Any] = {order[place]: None if place else 1.0 for place in wanted}

        def find_gradient(node: Value, arrived: Any) -> Any:
            if node in sums:
                number, arrived = chain[node], 0.0 if arrived is None else arrived
                if is_rounded_later and number is not None:
                    number = self._restore_digits(node, number, arrived)
                if number is not None:
                    arrived = number if not node.shape else entries.fill_blanks(number, arrived)
                chain[node] = arrived
            return chain[node] if any(operand in sums for operand in node.operands) else None

        passing = map(order.__getitem__, upstream_places(order, wanted))
        sweep(passing, sums, find_gradient, self.locals_of)
        return chain

    def user_grad(self, node: Value) -> Any:
        """Return the number that was written at a node, or the array of them; None for none."""
        place, read = self.places[node], self.evidence.written
        return read[place].number if place in read else self.evidence.actual[place]

    def _restore_digits(self, node: Value, number: Any, arrived: Any) -> Any:
        """Return what arrives in the place of a gradient that is carried, and the truth in that of a right entry."""
        place = self.places[node]
        status, true = self.evidence.statuses[place], self.evidence.expected[place]
        if isinstance(status, Status):
            return arrived if status is Status.CARRIED else number
        followed = np.where(status == CODES[Status.CARRIED], arrived, number)
        return np.where(status == CODES[Status.CORRECT], true, followed)

    @cached_property
    def multiples(self) -> frozenset[int]:
        """Return the whole numbers of the graph: of constants, their inverses, and counts of uses and operands."""
        counts = {*map(len, self.uses.values()), *(len(node.operands) for node in self._order)}
        constants = (node.data for node in self._order if node.is_constant and not node.shape)
        return frozenset(counts.union(*map(whole_numbers_of, constants)))

    def terms(self, node: Value) -> tuple[Term, ...]:
        """Return what there is, see `NodeResult.terms`; () where each node was checked by itself."""
        uses = () if self.evidence.is_apart else self.uses[node]
        return tuple(
            Term(consumer, self.locals_of(consumer)[place], self.upstream[consumer]) for consumer, place in uses
        )

    def locals_of(self, consumer: Value) -> Sequence[Any]:
        """Return its local derivatives, computed once."""
        if consumer not in self._locals:
            self._locals[consumer] = local_derivatives(consumer)
        return self._locals[consumer]

    def slip(self, result: NodeResult) -> Slip | None:
        """Return what there is, see `NodeResult.slip`."""
        if self.evidence.slips is not None:
            return self.evidence.slips.get(result.node)
        diagnose, is_cause = self.evidence.diagnose, result.status is Status.WRONG and not result.rounded
        return diagnose(result, self) if diagnose is not None and is_cause else None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it. What is no finite number is given as its repr."""
        return {
            "root": self.names[self.root],
            "ok": self.ok,
            "remark": self.remark,
            "counts": {status.value: self.counts.get(status, 0) for status in Status},
            "nodes": [result.to_dict() for result in self.results],
        }

    @big_graph()
    def table(self, *, reveal: bool = True) -> str:
        """Return the results as text; `reveal=False` leaves out the expected numbers."""
        return report.text_of(report.lines(self, reveal=reveal))

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
        """Return the graph as a sheet, with what was filled in; see `viz.sheet`."""
        return outlet("sheet")(self)

    def _repr_html_(self) -> str | None:
        """Show in a notebook what to fix first, the table and the picture; None where nothing installed does."""
        return picture_of(self) or None

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        found = ", ".join(f"{self.counts[s]} {s.value}" for s in Status if s in self.counts)
        return f"Comparison({self.names[self.root]}: {found})"


class GradientError(AssertionError):
    """Gradients that are wrong or missing; `comparison` holds the verdicts, to draw or to print in full."""

    def __init__(self, message: str, comparison: Comparison) -> None:
        self.comparison = comparison
        super().__init__(message)
