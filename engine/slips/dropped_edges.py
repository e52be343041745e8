"""The edges of the picture that a wrong gradient was not passed back along."""

from __future__ import annotations

import numpy as np

from .neighborhood import Neighborhood
from .paths import pairs
from .scale import cut_edges
from .slip import Edge

MOST_USES = 16


def dropped_edges(region: Neighborhood) -> tuple[Edge, ...]:
    """Find the edges whose omission explains the gradient; () where there are none.

    Of the node's own uses where what was written is the sum of some of them; else of a step left blank on the way.
    """
    return _dropped_uses(region) or _dropped_upstream(region)


def _dropped_uses(region: Neighborhood) -> tuple[Edge, ...]:
    """Find the uses of the node without which the contributions add up to what was written; () for none."""
    uses = region.direct
    if not 1 < len(uses) <= MOST_USES:
        return ()
    parts = np.array([np.ravel(region.contribution_through(use)) for use in uses])
    shares = np.linalg.lstsq(parts.T, np.ravel(region.user_grad), rcond=None)[0]
    kept = np.rint(shares)
    if (np.abs(shares - kept) > 1e-3).any() or not set(kept.tolist()) <= {0.0, 1.0}:
        return ()
    return tuple(use.key for use, share in zip(uses, kept.tolist()) if not share)


def _dropped_upstream(region: Neighborhood) -> tuple[Edge, ...]:
    """Find the edges through steps left blank whose omission explains what was written; () for none."""
    # What one edge explains is sharper than what all the edges into a node do.
    parts = sorted(region.contributions, key=lambda part: not isinstance(part.cut, tuple))
    for part in parts:
        if region.explains(region.recomputed - part.numbers):
            return cut_edges(region, part)
    for one, other in pairs(parts, region):
        if region.explains(region.drop(one, other)):
            return (*cut_edges(region, one), *cut_edges(region, other))
    for part in parts:
        if region.explains(part.numbers) and not isinstance(part.cut, tuple):
            others = {node for node in region.sources if node is not part.cut}
            return tuple(use.key for use in region.uses if use.consumer in others)
    return ()
