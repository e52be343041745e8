"""Guesses on a difference whose brackets are lost: c*a - b for c*(a - b), as in 1/n * p - y."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from .edits import Guess
from .region import Region

if TYPE_CHECKING:
    from ..value import Value

FEWEST_NUMBERS = 5
"""Of fewer entries, any two arrays with a factor each would nearly fit."""
MOST_ARRAYS = 10
LOST = "come in with factors that differ. Python multiplies before it subtracts: where do the brackets go?"


def of_the_brackets(region: Region) -> Iterator[Guess]:
    """The gradient is a multiple of the difference of two arrays, and each came in with a factor of its own."""
    if region.chain.size < FEWEST_NUMBERS:
        return
    for one, other in combinations(_arrays(region), 2):
        both = np.stack([np.ravel(one.data), np.ravel(other.data)], axis=1)
        first, second = _shares(both, region.chain)
        if first == 0.0 or not np.isclose(first, -second, rtol=1e-6):
            continue
        written = _shares(both, region.written)
        if not np.all(written) or np.isclose(written[0], -written[1], rtol=1e-3):
            continue
        has_names = not any(node.is_constant and not node.label for node in (one, other))
        names = region.words.listed((one, other)) if has_names else "the two arrays of which one is subtracted"
        kind, what = "rule", LOST
        if written[0] * written[1] > 0.0:
            kind, what = "sign", "are added here: which of them comes with a minus?"
        yield Guess(kind, (both @ written).reshape(region.shape), f"{names} {what}")


def _arrays(region: Region) -> list[Value]:
    """The arrays of the node's shape near it, constants among them."""
    near = [region.node, *region.met, *(operand for node in region.met for operand in node.operands)]
    return [node for node in dict.fromkeys(near) if node.shape == region.shape][:MOST_ARRAYS]


def _shares(both: Any, numbers: Any) -> Any:
    """How often each of two arrays is in an array that is the sum of multiples of theirs; zeros where it is not."""
    if not np.isfinite(both).all():
        return np.zeros(2)
    found = np.linalg.lstsq(both, np.ravel(numbers), rcond=None)[0]
    left = np.linalg.norm(np.ravel(numbers) - both @ found)
    return found if left <= 1e-3 * np.linalg.norm(numbers) else np.zeros(2)
