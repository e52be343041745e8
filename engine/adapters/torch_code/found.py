"""What a `watch` block has found: a Comparison whose results are the calls of Functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ...arrays import array
from ...arrays.edges import Edge
from ...names import Names
from ...slips.slip import Slip
from ...value import Value
from ...verdict import entries
from ...verdict.array_result import ArrayResult
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult, Term
from ...verdict.status import CODES, Status
from ...verdict.tolerance import Tolerance
from ...verdict.written import Written
from ..nodes import opaque
from .truth import RTOL, apart
from .verdict import Verdict

WHOLE = "the block"
"""What the root is called: it stands for whatever the outputs of the calls went into."""


class Found(Comparison):
    """The calls of Functions in a block, the last first; true where no backward is wrong.

    A result is named by the Function's class. Its `actual` and `expected` are the gradients of one input of the call,
    the wrong one where there is one, for a random upstream gradient; those of a complex input have its two parts along
    one more axis.
    """

    titles = ("backward's", "measured")

    def __init__(self) -> None:
        """Of no call yet."""
        self.fill((), ())

    def fill(self, verdicts: Sequence[Verdict], sources: Sequence[Sequence[int]]) -> None:
        """Take in what was found, at the end of the block.

        Args:
            verdicts: those on the calls, in their order.
            sources: of each call, the places of those that it gets its inputs from.
        """
        # It may have been looked at before.
        self.__dict__.clear()
        nodes: list[Value] = []
        for verdict, behind in zip(verdicts, sources):
            nodes.append(_node(verdict, [nodes[place] for place in behind]))
        used = {place for behind in sources for place in behind}
        ends = [node for place, node in enumerate(nodes) if place not in used]
        root = _joined(WHOLE, np.zeros(()), ends) if ends else Value(0.0)
        root.label = WHOLE
        self._verdicts: Mapping[Value, Verdict] = dict(zip(nodes, verdicts))
        backward = verdicts[::-1]
        written = {place: _written(verdict) for place, verdict in enumerate(backward, 1)}
        super().__init__(
            root,
            [root, *reversed(nodes)],
            [None, *(written[place].grad for place in written)],
            [0.0, *(_number_or_array(verdict.expected) for verdict in backward)],
            [Status.SKIPPED, *map(_status, backward)],
            Tolerance(RTOL, typed=False),
            written,
        )
        self.names = _ClassNames(root)

    @cached_property
    def results(self) -> tuple[NodeResult, ...]:
        """One result a call of a Function, the last call first."""
        return tuple(self._result(place) for place in range(1, len(self._order)))

    def _result(self, place: int) -> NodeResult:
        result = super()._result(place)
        verdict = self._verdicts.get(result.node)
        if verdict is not None and verdict.slip is not None:
            result.source = verdict.source
        return result

    @property
    def arrays(self) -> tuple[ArrayResult, ...]:
        """The results that have a shape and are asked for."""
        return tuple(one for one in self.results if isinstance(one, ArrayResult) and one.status is not Status.SKIPPED)

    @cached_property
    def counts(self) -> dict[Status, int]:
        whole = [result.status for result in self.results]
        return {status: count for status in Status if (count := whole.count(status))}

    @cached_property
    def places(self) -> dict[Value, int]:
        return {result.node: place for place, result in enumerate(self.results)}

    def slip(self, result: NodeResult) -> Slip | None:
        verdict = self._verdicts.get(result.node)
        return None if verdict is None or result.status is not Status.WRONG else verdict.slip

    def terms(self, node: Value) -> tuple[Term, ...]:
        """(): a call was checked by itself, apart from what its outputs went into."""
        return ()

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[NodeResult]:
        return iter(self.results)

    def __getitem__(self, node: Value) -> NodeResult:
        return self._result(0) if node is self.root else super().__getitem__(node)


class _ClassNames(Names):
    """Every call is called by its class, however often that is."""

    def __getitem__(self, node: Value) -> str:
        return node.label or super().__getitem__(node)


def _node(verdict: Verdict, behind: Sequence[Value]) -> Value:
    """A call as a node: it holds the numbers of the input that is shown of it."""
    numbers = np.nan_to_num(np.asarray(verdict.numbers, dtype=float))
    name = verdict.call.function.__name__
    node: Value = _joined(name, numbers, behind) if behind else array(numbers)
    node.label = name
    return node


def _joined(name: str, data: Any, operands: Sequence[Value]) -> Value:
    made: Value = opaque(name, data, [_nothing(operand) for operand in operands])(*operands)
    return made


def _nothing(operand: Value) -> Edge:
    """The edge between two calls: what lies between them is not looked at."""
    return Edge(lambda gradient, _: np.zeros(operand.shape))


def _written(verdict: Verdict) -> Written:
    actual = _number_or_array(verdict.actual)
    if actual is None:
        return Written(None, None, 0.0)
    shape = np.shape(verdict.numbers)
    number = entries.read_array(actual, shape) if shape else actual
    return Written(number, actual, 0.0)


def _number_or_array(amount: Any) -> Any:
    return float(amount) if amount is not None and not np.shape(amount) else amount


def _status(verdict: Verdict) -> Any:
    shape = np.shape(verdict.numbers)
    if verdict.is_skipped:
        return Status.SKIPPED
    status = Status.CORRECT if verdict.slip is None else Status.WRONG
    if not shape:
        return status
    codes = np.full(shape, CODES[status], dtype=np.int8)
    if verdict.slip is not None and np.shape(verdict.actual) == shape:
        off = apart(verdict.actual, verdict.expected)
        if off.any():
            codes[~off] = CODES[Status.CORRECT]
    return codes
