"""What a comparison by arrays holds: a verdict on each labelled array, made of those on its entries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autodiff import gradients
from ..comparison import Comparison, NodeResult, Status
from ..number import finite_or_none
from ..tolerance import NOISE, Tolerance
from .graph import Columns, Member
from .names import ArrayName
from .order import ArrayGraph, array_graph
from .sweep import Floats, Ints

if TYPE_CHECKING:
    from ..diagnose import Slip
    from ..value import Value

_STATUSES = tuple(Status)
_CODES = {status: code for code, status in enumerate(_STATUSES)}
_GRAVEST_FIRST = (Status.WRONG, Status.MISSING, Status.CARRIED, Status.CORRECT, Status.SKIPPED)


def code(status: Status) -> int:
    """A status as a number, for columns of them."""
    return _CODES[status]


class ArrayResult:
    """The verdict on one labelled array.

    Attributes:
        name: its name in this graph; a second array of one name is called `h (2)`.
        shape: its shape.
        status: WRONG where a mistake is made in one of its entries; else the gravest of theirs.
        approximate: whether every entry is the reference within the tolerance.
        max_diff: the largest |actual - expected|; None where no entry is filled in.
        wrong: how many entries are WRONG or CARRIED.
        total: how many entries it has.
        can_witness: False where its true gradient is zero up to float noise though its contributions
            are not: then hardly any mistake made in it shows in its numbers.
    """

    def __init__(self, comparison: ArrayComparison, named: ArrayName, name: str, member: Member) -> None:
        self._comparison, self.named, self.name, self.member = comparison, named, name, member
        self.shape = named.shape
        self.total = named.size
        codes = comparison.codes[member.nodes]
        self.status = next(status for status in _GRAVEST_FIRST if (codes == code(status)).any())
        self.wrong = int(np.isin(codes, (code(Status.WRONG), code(Status.CARRIED))).sum())
        numbers, expected = comparison.numbers[member.nodes], comparison.expected[member.nodes]
        noise = NOISE * comparison.size[member.nodes]
        off = np.abs(numbers - expected)
        rtol, atol, _ = comparison.tolerance
        # Sums in another order differ in the last bit: whether it is exact takes a look at autodiff's own.
        self._is_near = bool((off <= 1e-12 * np.abs(expected) + noise).all())
        self.approximate = bool((off <= rtol * np.abs(expected) + atol + noise).all())
        self.max_diff = None if np.isnan(off).all() else float(np.nanmax(off))
        self.can_witness = not bool((np.abs(expected) <= noise).all() and noise.any())

    @cached_property
    def exact(self) -> bool:
        """Whether every entry is the reference, bit for bit."""
        if not self._is_near:
            return False
        numbers, exact = self._comparison.numbers, self._comparison.exact
        return all(numbers[place] == exact(place) for place in self.member.nodes.tolist())

    @property
    def first_wrong(self) -> tuple[int, ...] | None:
        """The index of the first entry that is not right, a cause before one that only follows."""
        for status in (Status.WRONG, Status.CARRIED):
            at = self.member.entries[self._comparison.codes[self.member.nodes] == code(status)]
            if len(at):
                return self.named.index(int(at.min()))
        return None

    @property
    def slip(self) -> Slip | None:
        """The named mistake of a WRONG array, None where nothing explains it."""
        return self._comparison.array_slip(self)

    @property
    def note(self) -> str:
        """What is to be said about it: its slip, or that it cannot witness a mistake; "" for nothing."""
        slip = self.slip
        if slip is not None:
            return slip.message
        if self.status in (Status.CORRECT, Status.CARRIED) and not self.can_witness:
            return (
                f"{self.name} cannot witness a mistake: its true gradient is zero up to float noise, so that a lost "
                "sign or factor in it shows in no number."
            )
        return ""

    @property
    def nodes(self) -> tuple[Value, ...]:
        """Its entries in the graph, row by row."""
        rows = np.argsort(self.member.entries, kind="stable")
        return tuple(self._comparison.columns.order[i] for i in self.member.nodes[rows].tolist())

    def spread(self, column: np.ndarray[Any, Any], missing: float = np.nan) -> np.ndarray[Any, Any]:
        """A column of the graph in the array's shape; `missing` for an entry that is not in the graph."""
        found = np.full(self.total, missing, dtype=float)
        found[self.member.entries] = column[self.member.nodes]
        return found.reshape(self.shape)

    @property
    def error(self) -> np.ndarray[Any, Any]:
        """|actual - expected| in the array's shape; 0 where an entry is not in the graph."""
        return self.spread(np.nan_to_num(np.abs(self._comparison.numbers - self._comparison.expected)), 0.0)

    @property
    def is_wrong(self) -> np.ndarray[Any, Any]:
        """Which entries are WRONG or CARRIED, in the array's shape."""
        codes = self._comparison.codes
        return self.spread((codes == code(Status.WRONG)) | (codes == code(Status.CARRIED)), 0.0) > 0.0

    @property
    def is_missing(self) -> np.ndarray[Any, Any]:
        """Which entries are not filled in, in the array's shape."""
        return self.spread(self._comparison.codes == code(Status.MISSING), 0.0) > 0.0

    def to_dict(self) -> dict[str, Any]:
        """Everything but the slip's edges, as JSON can hold it."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "status": self.status.value,
            "exact": self.exact,
            "approximate": self.approximate,
            "max_diff": self.max_diff,
            "wrong": self.wrong,
            "total": self.total,
            "first_wrong": None if self.first_wrong is None else list(self.first_wrong),
            "can_witness": self.can_witness,
            "slip": None if self.slip is None else self.slip.to_dict(),
        }

    def __repr__(self) -> str:
        return f"ArrayResult({self.name} {self.shape}: {self.wrong} of {self.total} wrong, {self.status.value})"


class ArrayComparison(Comparison):
    """A `Comparison` of a graph with labelled arrays; `arrays` has a verdict on each of them.

    Attributes:
        columns: the graph.
        numbers: what the learner wrote in each node, nan for what is no finite number.
        expected: the reference of each node.
        size: the summed sizes of what each node's gradient is the sum of.
        codes: each node's status, as `code` gives it.
    """

    def __init__(
        self,
        columns: Columns,
        written: dict[int, Any],
        numbers: Floats,
        expected: Floats,
        size: Floats,
        codes: np.ndarray[Any, Any],
        tolerance: Tolerance,
        reference: Mapping[Value, float] | None,
    ) -> None:
        super().__init__(columns.order[0], columns.order, [], [], [], tolerance)
        self._written = written
        self._reference = reference
        self.columns, self.numbers, self.expected, self.size, self.codes = columns, numbers, expected, size, codes
        self._array_slips: dict[ArrayName, Slip | None] = {}

    @cached_property
    def results(self) -> tuple[NodeResult, ...]:
        """One result a node of the graph, in backward order, those not asked for included."""
        self._actual = [self._written.get(place) for place in range(len(self.columns))]
        statuses = map(_STATUSES.__getitem__, self.codes.tolist())
        rows = zip(self._order, self._actual, self.expected.tolist(), statuses)
        return tuple(NodeResult(self, *row) for row in rows)

    @cached_property
    def upstream(self) -> dict[Value, float]:
        """What counts as the learner's gradient of each node when it is passed on; see `NodeResult.terms`."""
        return dict(zip(self._order, self.passed_on.tolist()))

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many nodes have each status; a status that none has is left out."""
        found = np.bincount(self.codes, minlength=len(_STATUSES)).tolist()
        return {status: count for status, count in zip(_STATUSES, found) if count}

    @cached_property
    def graph(self) -> ArrayGraph:
        """Which array is computed from which."""
        return array_graph(self.columns)

    @cached_property
    def arrays(self) -> tuple[ArrayResult, ...]:
        """One result an array that is asked for, in backward order."""
        return tuple(result for result in self.every_array if result.status is not Status.SKIPPED)

    @cached_property
    def every_array(self) -> tuple[ArrayResult, ...]:
        """One result an array of the graph, in backward order, those not asked for included."""
        used: dict[str, int] = {}
        results = []
        for named in self.graph.backward_order:
            used[named.name] = used.get(named.name, 0) + 1
            name = named.name if used[named.name] == 1 else f"{named.name} ({used[named.name]})"
            results.append(ArrayResult(self, named, name, self.columns.arrays[named]))
        return tuple(results)

    @cached_property
    def passed_on(self) -> Floats:
        """`upstream` as a column."""
        from .compare import with_root

        with np.errstate(all="ignore"):
            return self.columns.sweep(*with_root(self.numbers))

    def exact(self, place: int) -> float:
        """The reference of a node to the last bit."""
        return self._exact.get(self._order[place], 0.0)

    @cached_property
    def edges_by_operand(self) -> tuple[Ints, Ints]:
        """The rows of the edges sorted by operand, and where each node's begin there."""
        edges = self.columns.edges
        rows = np.argsort(edges.operand, kind="stable")
        return rows, np.searchsorted(edges.operand[rows], np.arange(len(self.columns) + 1))

    @cached_property
    def _exact(self) -> Mapping[Value, float]:
        return gradients(self.root) if self._reference is None else self._reference

    @cached_property
    def scalars(self) -> tuple[int, ...]:
        """The places of the nodes asked for that are in no array."""
        asked = self.codes != code(Status.SKIPPED)
        for member in self.columns.arrays.values():
            asked[member.nodes] = False
        return tuple(np.flatnonzero(asked).tolist())

    @property
    def scalar_causes(self) -> tuple[NodeResult, ...]:
        """The WRONG nodes that are in no array."""
        return tuple(self.results[place] for place in self.scalars if self.codes[place] == code(Status.WRONG))

    def array_slip(self, result: ArrayResult) -> Slip | None:
        """The slip of one of `arrays`; see `ArrayResult.slip`."""
        if result.status is not Status.WRONG:
            return None
        if result.named not in self._array_slips:
            from .slips import diagnose_array

            self._array_slips[result.named] = diagnose_array(result, self)
        return self._array_slips[result.named]

    def to_dict(self) -> dict[str, Any]:
        """The arrays, and the nodes asked for that are in none, as JSON can hold them."""
        nodes = [self.results[place] for place in self.scalars]
        return {
            "root": self.root.label or "root",
            "ok": self.ok,
            "counts": {status.value: self.counts.get(status, 0) for status in Status},
            "arrays": [result.to_dict() for result in self.arrays],
            "nodes": [
                {
                    "name": result.name,
                    "actual": repr(result.actual) if finite_or_none(result.actual) is None else float(result.actual),
                    "expected": result.expected,
                    "error": result.error,
                    "status": result.status.value,
                }
                for result in nodes
            ],
        }

    def __repr__(self) -> str:
        wrong = ", ".join(result.name for result in self.arrays if result.status is Status.WRONG)
        return f"ArrayComparison({len(self.arrays)} arrays, {f'wrong: {wrong}' if wrong else super().__repr__()})"
