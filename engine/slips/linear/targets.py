"""One entry of each row, of targets say, that is not there or not scaled like the rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..amounts import Arrays
from ..edits import Guess
from ..region import Region
from .picks import rows_of

LEAST = 0.02
"""Of less than such a share there is nothing to speak of."""


def of_the_targets(region: Region) -> Iterator[Guess]:
    """The gradient has a part with one entry a row, which is left out, turned round, or not scaled like the rest."""
    shape = region.shape
    if len(shape) < 2 or shape[-1] < 2:
        return
    off = region.written - region.chain
    for use in region.uses:
        # What comes from an array that they have a gradient of is told by its name.
        if use.operand.shape != shape or use.consumer in region.sources:
            continue
        part = np.broadcast_to(use.contribution, shape)
        noise = 1e-12 * region.size
        entries = rows_of(np.abs(part) > noise).sum(1)
        rest = np.abs(region.chain - part) > noise
        if (entries > 1).any() or not entries.mean() > 0.5 or not rest.any():
            continue
        share = Arrays.ratio(off, part)
        if share is None:
            continue
        ask = "not scaled like the rest"
        if abs(share + 1.0) < 1e-3:
            ask = "left out"
        elif abs(share + 2.0) < 1e-3:
            ask = "added where it is to be subtracted, or the other way round"
        clause = (
            "all entries fit but one in each row, which is off in the same way everywhere: is a one-hot row (of the "
            f"targets, say) {ask}?"
        )
        yield Guess("one-hot", region.chain + share * part, clause)
        others = region.chain - part
        factor = Arrays.ratio(region.written - part, others)
        clause = (
            "what goes with a one-hot row (of the targets, say) fits, and the rest is off by one factor: what is "
            "each of the two divided by?"
        )
        if factor is not None and factor > LEAST:
            yield Guess("one-hot", part + factor * others, clause)
