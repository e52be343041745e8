"""What `probe` has found, as evidence on the nodes that stand for theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ...slips.slip import Slip
from ...value import Value
from ...verdict.array_result import ArrayResult
from ...verdict.comparison import Comparison
from ...verdict.evidence import Evidence
from ...verdict.result import NodeResult
from ...verdict.status import CODES, Status
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


def evidence_of(
    base: Comparison, mirror: Mirror, asked: frozenset[Value], causes: Mapping[Value, Cause], remark: str
) -> Evidence:
    """What is known of somebody's graph.

    Args:
        base: their gradients held against the truth.
        mirror: their graph in nodes of ours, by which a comparison takes a node of theirs for the one of ours.
        asked: the nodes whose gradient is judged.
        causes: by the nodes of ours.
    """
    return replace(
        base.evidence,
        statuses=[_status(one, asked, causes) for one in base.results],
        slips={node: cause.slip for node, cause in causes.items()},
        sources={node: cause.source for node, cause in causes.items()},
        ours=mirror.get,
        remark=remark,
    )


def _status(result: NodeResult, asked: frozenset[Value], causes: Mapping[Value, Cause]) -> Any:
    """The status of a node, for an array the codes of its entries: one mistake has one cause, and the rest follows."""
    is_cause = result.node in causes
    if not is_cause and (result.node not in asked or result.status is Status.SKIPPED):
        return Status.SKIPPED
    follows = Status.WRONG if is_cause else Status.CARRIED if causes else Status.SKIPPED
    if not isinstance(result, ArrayResult):
        return Status.CORRECT if result.status is Status.CORRECT and not is_cause else follows
    codes = result.codes.copy()
    off = codes != CODES[Status.CORRECT]
    if is_cause and (not off.any() or result.status is Status.SKIPPED):
        off = np.ones(codes.shape, dtype=bool)
    codes[off] = CODES[follows]
    return codes
