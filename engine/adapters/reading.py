"""What a front end brings: somebody's pass as a graph of ours, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..slips.slip import Slip
from ..value import Value
from ..verdict.evidence import Evidence
from ..verdict.status import CODES, Status
from .source import Source


class Cause(NamedTuple):
    """A mistake that was shown where it is made: by a rule asked alone, or by a pass on a copy.

    Attributes:
        slip: None where nothing explains it.
        source: the line of theirs; None where nothing is written wrongly.
    """

    slip: Slip | None
    source: Source | None


@dataclass(frozen=True)
class Reading:
    """Somebody's pass, read.

    Attributes:
        graph: it in nodes of ours, every gradient of theirs beside what belongs there, with the verdict by the numbers.
        causes: what is wrong, by the node that shows it.
        judged: the nodes whose numbers can be judged.
        ours: the node that stands for something of theirs; None for none.
        remarks: sentences about the whole; "" for none.
    """

    graph: Evidence
    causes: Mapping[Value, Cause]
    judged: frozenset[Value]
    ours: Callable[[Any], Value | None] | None = None
    remarks: Sequence[str] = ()

    @property
    def evidence(self) -> Evidence:
        """What a comparison is made of: one mistake has one cause, and the rest follows from it."""
        return replace(
            self.graph,
            statuses=[self._status(*one) for one in zip(self.graph.order, self.graph.statuses)],
            slips={node: cause.slip for node, cause in self.causes.items()},
            sources={node: cause.source for node, cause in self.causes.items()},
            ours=self.ours,
            remark=" ".join(filter(None, self.remarks)),
        )

    def _status(self, node: Value, by_numbers: Any) -> Any:
        """The status of a node, for an array the codes of its entries."""
        is_cause = node in self.causes
        if not is_cause and (node not in self.judged or by_numbers is Status.SKIPPED):
            return Status.SKIPPED
        follows = Status.WRONG if is_cause else Status.CARRIED if self.causes else Status.SKIPPED
        if not node.shape:
            return Status.CORRECT if by_numbers is Status.CORRECT and not is_cause else follows
        is_whole = isinstance(by_numbers, Status)
        codes = np.full(node.shape, CODES[by_numbers], dtype=np.int8) if is_whole else by_numbers.copy()
        off = codes != CODES[Status.CORRECT]
        if is_cause and (by_numbers is Status.SKIPPED or not off.any()):
            off = np.ones(codes.shape, dtype=bool)
        codes[off] = CODES[follows]
        return codes
