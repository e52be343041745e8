"""The edges of the picture that a wrong gradient was not passed back along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .array_paths import pairs
from .array_region import Part, Region
from .slip import Edge

if TYPE_CHECKING:
    from ..verdict.result import NodeResult

MOST_USES = 16


def left_out(region: Region, result: NodeResult) -> tuple[Edge, ...]:
    """The edges by whose absence the numbers come out; () where there are none.

    Of the node's own uses where what was written is the sum of some of them; else of a step left blank on the way.
    """
    return _of_the_node(region) or _on_the_way(region, result)


def _of_the_node(region: Region) -> tuple[Edge, ...]:
    uses = region.direct
    if not 1 < len(uses) <= MOST_USES:
        return ()
    parts = np.array([region.through(use).ravel() for use in uses])
    shares = np.linalg.lstsq(parts.T, region.written.ravel(), rcond=None)[0]
    kept = np.rint(shares)
    if (np.abs(shares - kept) > 1e-3).any() or not set(kept.tolist()) <= {0.0, 1.0}:
        return ()
    return tuple(use.key for use, share in zip(uses, kept.tolist()) if not share)


def _on_the_way(region: Region, result: NodeResult) -> tuple[Edge, ...]:
    # What one edge explains is sharper than what all the edges into a node do.
    parts = sorted(region.parts, key=lambda part: not isinstance(part.cut, tuple))
    for part in parts:
        if region.explains(region.chain - part.numbers, result):
            return _edges(region, part)
    for one, other in pairs(parts, region):
        if region.explains(region.without(one, other), result):
            return (*_edges(region, one), *_edges(region, other))
    for part in parts:
        if region.explains(part.numbers, result) and not isinstance(part.cut, tuple):
            others = {node for node in region.sources if node is not part.cut}
            return tuple(use.key for use in region.uses if use.consumer in others)
    return ()


def _edges(region: Region, part: Part) -> tuple[Edge, ...]:
    if isinstance(part.cut, tuple):
        return (part.cut,)
    return tuple(use.key for use in region.uses if use.consumer is part.cut)
