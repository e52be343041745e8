"""The verdict on one node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..names import OUTPUT
from ..number import finite_or_none, one_line
from . import sentences
from .status import Status

if TYPE_CHECKING:
    from ..slips.slip import Slip
    from ..value import Value
    from .comparison import Comparison


class Term(NamedTuple):
    """One use of a node, or of an entry: what the learner's gradient should add up, as local x upstream."""

    consumer: Value
    local: Any
    upstream: Any
    at: tuple[int, ...] = ()  # which entry of the consumer, of the use of an entry

    @property
    def contribution(self) -> Any:
        """Return upstream x local: a number, for an array one of its shape."""
        return self.upstream * self.local


class NodeResult:
    """The verdict on one node of a `Comparison`.

    Attributes:
        node: the node.
        actual: what stood in its grad.
        expected: the reference gradient.
        status: the verdict.
        source: where the gradient was written, as (file, line, text); None where that is not known.
    """

    __slots__ = ("_comparison", "node", "actual", "expected", "status", "source")

    def __init__(self, comparison: Comparison, node: Value, actual: Any, expected: Any, status: Status) -> None:
        self._comparison = comparison
        self.node = node
        self.actual = actual
        self.expected = expected
        self.status = status
        self.source: tuple[str, int, str] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (): the verdict is on one number, whatever the node holds."""
        return ()

    @property
    def name(self) -> str:
        """Return the node's name in this graph."""
        return self._comparison.names[self.node]

    @property
    def error(self) -> Any:
        """Return |actual - expected|; None where actual is not a finite number."""
        number = finite_or_none(self.actual)
        return None if number is None else abs(number - self.expected)

    @property
    def rounded(self) -> bool:
        """Tell whether it is WRONG for too few decimals alone; what follows is checked as from a right number."""
        return self.status is Status.WRONG and self.node in self._comparison.rounded_nodes

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return one term an edge to a consumer, output first, with the learner's own upstream gradients.

        An upstream gradient that is not filled in, or is no finite number, is taken as the chain
        rule gives it from the learner's numbers further up; the root's as 1.
        """
        return self._comparison.terms(self.node)

    @property
    def slip(self) -> Slip | None:
        """Return the named mistake of a WRONG result, None where nothing explains it."""
        return self._comparison.slip(self)

    @property
    def note(self) -> str:
        """Return what is to be said about it, "" for nothing: its slip, or that nothing is known to give its number."""
        if self.rounded:
            name = one_line(self.name)
            return f"that is the gradient of {name} rounded to too few decimals: right so far; give three digits."
        return self._remark if self.slip is None else self.slip.message

    @property
    def _remark(self) -> str:
        """Return what is to be said beside a slip."""
        if self.status is not Status.WRONG:
            return ""
        name, names = one_line(self.name), self._comparison.names
        if self.node is self._comparison.root:
            return f"{name}: backward starts here: how much does {name} change when {name} itself does?"
        moved = name if one_line(names.phrase(self.node)) == name else "it"
        return sentences.say_unexplained(name, one_line(self._comparison.root.label or OUTPUT), moved)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it. What is no finite number is given as its repr."""
        return {
            "name": self.name,
            "op": self.node.op.name if self.node.op else None,
            **self._number_fields(),
            "status": self.status.value,
            "rounded": self.rounded,
            "slip": None if self.slip is None else self.slip.to_dict(),
            "source": None if self.source is None else list(self.source),
        }

    def _number_fields(self) -> dict[str, Any]:
        number, data = finite_or_none(self.actual), self.node.data
        return {
            "data": data.tolist() if self.node.shape else data,  # type: ignore[attr-defined]
            "actual": repr(self.actual) if number is None and self.actual is not None else number,
            "expected": self.expected,
            "error": self.error,
        }

    def __repr__(self) -> str:
        return f"NodeResult({self.name}: actual={self.actual!r}, expected={self.expected!r}, {self.status.value})"
