"""What `probe` has found: a Comparison on the nodes that stand for theirs, and can be asked by theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...slips.slip import Slip
from ...value import Value
from ...verdict.array_result import ArrayResult
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult
from ...verdict.status import CODES, Status
from ...verdict.tolerance import precision_of
from ...verdict.written import Written
from ..source import Source
from .mirror import Mirror


class Cause(NamedTuple):
    """Where a mistake shows.

    Attributes:
        slip: None where nothing explains it.
        source: the line of theirs; None where nothing is written wrongly.
    """

    slip: Slip | None
    source: Source | None


class Probed(Comparison):
    """The verdicts on somebody's graph; true where it has no causes.

    `comparison[node]` takes a node of theirs, or the one of ours that stands for it; a result's `node` is the latter.
    """

    def __init__(
        self, base: Comparison, mirror: Mirror, asked: frozenset[Value], causes: Mapping[Value, Cause], remark: str
    ) -> None:
        """See `probe`.

        Args:
            base: their gradients held against the truth.
            mirror: their graph in nodes of ours.
            asked: the nodes whose gradient is judged.
            causes: by the nodes of ours.
        """
        results = base.results
        written = {
            place: Written(one.numbers, one.actual, precision_of(one.actual))
            for place, one in enumerate(results)
            if isinstance(one, ArrayResult)
        }
        super().__init__(
            base.root,
            [one.node for one in results],
            [one.actual for one in results],
            [one.expected for one in results],
            [_status(one, asked, causes) for one in results],
            base.tolerance,
            written,
            {place: base.size(place) for place in range(len(results))},
        )
        self.names = base.names
        self.remark = remark
        self._base, self._mirror, self._causes = base, mirror, causes

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: there are no causes."""
        return Status.WRONG not in self.counts

    def _result(self, place: int) -> NodeResult:
        result = super()._result(place)
        cause = self._causes.get(result.node)
        if cause is not None:
            result.source = cause.source
        return result

    def slip(self, result: NodeResult) -> Slip | None:
        cause = self._causes.get(result.node)
        return cause.slip if cause is not None and result.status is Status.WRONG else None

    def __getitem__(self, node: Any) -> NodeResult:
        ours = self._mirror.get(node)
        return super().__getitem__(node if ours is None else ours)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it, the line of each cause included."""
        whole = super().to_dict()
        for told, result in zip(whole["nodes"], self.results):
            told["source"] = None if result.source is None else list(result.source)
        return whole


def _status(result: NodeResult, asked: frozenset[Value], causes: Mapping[Value, Cause]) -> Any:
    """The status of a node, for an array the codes of its entries: one mistake has one cause, and the rest follows."""
    is_cause = result.node in causes
    if not isinstance(result, ArrayResult):
        if is_cause:
            return Status.WRONG
        if result.node not in asked or result.status is Status.SKIPPED:
            return Status.SKIPPED
        return Status.CORRECT if result.status is Status.CORRECT else Status.CARRIED
    if not is_cause and (result.node not in asked or result.status is Status.SKIPPED):
        return Status.SKIPPED
    codes = result.codes.copy()
    off = codes != CODES[Status.CORRECT]
    if is_cause and (not off.any() or result.status is Status.SKIPPED):
        off = np.ones(codes.shape, dtype=bool)
    codes[off] = CODES[Status.WRONG if is_cause else Status.CARRIED]
    return codes
