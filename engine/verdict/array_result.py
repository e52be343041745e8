"""The verdict on an array, made of those on its entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import array
from ..gradients import gradients
from ..names import OUTPUT, expression, listed
from ..number import finite_or_none, one_line
from ..value import Value
from . import entries, sentences
from .result import NodeResult, Term
from .rounding import NOISE, UserGradient
from .status import CODES, STATUSES, Status

if TYPE_CHECKING:
    from .comparison import Comparison


FEW = 3
"""Of so many wrong entries among right ones it is said that they alone are off."""


class ArrayResult(NodeResult):
    """The verdict on an array: `result[0, 3]` is that on an entry.

    Attributes:
        node, actual, expected: as of a NodeResult; `expected` has the array's shape.
        status: the gravest of its entries'.
        codes: the statuses of its entries, as `status.CODES`.
        total: how many entries it has.
        numbers: what was filled in as floats, nan where it is no finite number; None where nothing can be read.
    """

    def __init__(
        self, comparison: Comparison, node: Value, actual: Any, expected: Any, status: Any, written: UserGradient
    ) -> None:
        super().__init__(comparison, node, actual, expected, entries.gravest(status))
        is_whole = isinstance(status, Status)  # of an array that is skipped, or has no entries
        self.codes = np.full(node.shape, CODES[status], dtype=np.int8) if is_whole else status
        self.numbers, self._precision = written.number, written.precision
        self.total = int(self.codes.size)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the array's shape."""
        return self.node.shape

    @property
    def wrong(self) -> int:
        """Return how many entries are WRONG or CARRIED."""
        return int(self.is_wrong.sum())

    @property
    def is_wrong(self) -> Any:
        """Return which entries are WRONG or CARRIED, in the array's shape."""
        return np.isin(self.codes, [CODES[Status.WRONG], CODES[Status.CARRIED]])

    @property
    def is_missing(self) -> Any:
        """Return which entries are not filled in, in the array's shape."""
        return self.codes == CODES[Status.MISSING]

    @property
    def first_wrong(self) -> tuple[int, ...] | None:
        """Return the index of the first entry that is not right, a cause before one that only follows."""
        found = (np.argwhere(self.codes == CODES[status]) for status in (Status.WRONG, Status.CARRIED))
        return next((tuple(at[0].tolist()) for at in found if len(at)), None)

    @property
    def few_wrong(self) -> list[tuple[int, ...]]:
        """Return the indices of its wrong entries where these are few and the others are CORRECT; else []."""
        if self.status is not Status.WRONG or not 0 < self.wrong <= min(FEW, self.total // 4):
            return []
        return [tuple(at) for at in np.argwhere(self.is_wrong).tolist()]

    def name_entries(self, indices: Iterable[tuple[int, ...]]) -> str:
        """Return some of its entries by name."""
        return listed(f"{one_line(self.name)}[{', '.join(map(str, index))}]" for index in indices)

    @property
    def error(self) -> Any:
        """Return |actual - expected| in the array's shape, nan where there is no number; None where nothing is read."""
        if self.numbers is None:
            return None
        off = np.abs(self.numbers - self.expected)
        # A float32 is read as its shortest decimal, and is as well what it holds.
        return np.minimum(off, np.abs(np.asarray(self.actual, dtype=float) - self.expected)) if self._precision else off

    @property
    def max_diff(self) -> float | None:
        """Return the largest |actual - expected|; None where there is no number."""
        off = self.error
        return None if off is None or np.isnan(off).all() else float(np.nanmax(off))

    @property
    def can_witness(self) -> bool:
        """Tell whether it can witness a mistake: not where its true gradient is zero up to float noise.

        Then hardly any mistake made in it shows in its numbers, though its contributions are not zero.
        """
        noise = NOISE * np.broadcast_to(self._comparison.size(self.node), self.shape)
        return not noise.any() or bool((np.abs(self.expected) > noise).any())

    @property
    def _remark(self) -> str:
        """Return what is to be said of its wrong entries beside a slip, or that it cannot witness a mistake."""
        name = one_line(self.name)
        if self.few_wrong:
            only = sentences.only(self.name_entries(self.few_wrong), len(self.few_wrong))
            return f"{name}: {only} Which step do these alone go through?"
        if self.first_wrong is not None and self.status is Status.WRONG:
            root = one_line(self._comparison.root.label or OUTPUT)
            return sentences.say_unexplained(name, root, self.name_entries([self.first_wrong]), is_array=True)
        if self.status is Status.CORRECT and not self.can_witness:
            return (
                f"{self.name} cannot witness a mistake: its true gradient is zero up to float noise, so that a lost "
                "sign or factor in it shows in no number."
            )
        return ""

    def __getitem__(self, index: Any) -> EntryResult:
        """Return the verdict on one entry.

        Raises:
            IndexError: there is no such entry, or it is not one.
        """
        at, count = index if isinstance(index, tuple) else (index,), len(self.shape)
        if len(at) != count:
            raise IndexError(f"{self.name} has shape {self.shape}: write {count} whole numbers for one entry.")
        return EntryResult(self, tuple(range(n)[i] for i, n in zip(at, self.shape)))

    def _number_fields(self) -> dict[str, Any]:
        """Return arrays as nested lists; an entry that is no finite number is None."""
        has_numbers = isinstance(self.actual, np.ndarray) and self.actual.dtype.kind in "fiu"  # of a wrong shape, too
        numbers = self.actual if self.numbers is None and has_numbers else self.numbers
        readable = None if numbers is None else _nested_lists(numbers)
        return {
            "shape": list(self.shape),
            "data": _nested_lists(self.node.data),
            "actual": repr(self.actual) if readable is None and self.actual is not None else readable,
            "expected": _nested_lists(self.expected),
            "error": None if self.error is None else _nested_lists(self.error),
            "wrong": self.wrong,
            "first_wrong": self.first_wrong and list(self.first_wrong),
            "max_diff": self.max_diff,
        }

    def __repr__(self) -> str:
        return f"ArrayResult({self.name} {self.shape}: {self.wrong} of {self.total} wrong, {self.status.value})"


class EntryResult:
    """The verdict on one entry of an array.

    Attributes:
        array: the verdict on the whole.
        index: which entry.
        data, actual, expected, error, status: as of a `NodeResult`.
    """

    def __init__(self, array: ArrayResult, index: tuple[int, ...]) -> None:
        self.array, self.index, numbers = array, index, array.numbers
        self.data, self.expected = float(np.asarray(array.node.data)[index]), float(array.expected[index])
        self.actual = None if numbers is None else finite_or_none(float(numbers[index]))
        self.error = None if self.actual is None else abs(self.actual - self.expected)
        self.status = STATUSES[int(array.codes[index])]

    @property
    def name(self) -> str:
        node, name = self.array.node, self.array.name
        has_signs = not node.label and node.op is not None and node.op.precedence and name == expression(node)
        return f"{f'({name})' if has_signs else name}[{', '.join(map(str, self.index))}]"

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return one term for each use by an entry of a consumer, output first, with the learner's own upstream."""
        found: list[Term] = []
        for consumer, local, upstream, _ in self.array.terms:
            slopes = _column(local, consumer.shape, self.index)
            for at in map(tuple, np.argwhere(slopes).tolist()):
                found.append(Term(consumer, float(slopes[at]), float(np.asarray(upstream)[at]), at))
        return tuple(found)

    def __repr__(self) -> str:
        return f"EntryResult({self.name}: actual={self.actual!r}, expected={self.expected!r}, {self.status.value})"


def _column(local: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> Any:
    """Return the derivative of every entry of a consumer of that shape by one entry of its operand.

    What a whole array of the consumer's passes back to the one entry is linear in it: the derivative of that.
    """
    given = array(np.ones(shape))
    return np.asarray(gradients((given * local)[index])[given])


def _nested_lists(numbers: Any) -> Any:
    """Return nested lists, None for what is not finite."""
    whole = np.asarray(numbers, dtype=float)
    found: Any = whole.astype(object)
    found[~np.isfinite(whole)] = None
    return found.tolist()
