"""What a script may mean that computes no loss, but begins with a difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Meant(NamedTuple):
    """A loss whose gradient begins with (output - target).

    Attributes:
        times: by what that difference is multiplied.
        said: it, with the names of the two sides.
        of: of both sides the loss.
        is_of: whether it can be of these numbers.
    """

    times: float
    said: str
    of: Callable[[Any, Any], Any]
    is_of: Callable[[Any, Any], bool]


def _are_shares(output: Any, target: Any) -> bool:
    return bool(np.all((output > 0) & (output < 1)) and np.all((target >= 0) & (target <= 1)))


def _are_rows(output: Any, target: Any) -> bool:
    sums = [np.asarray(output).sum(axis=axis) for axis in range(np.ndim(output))]
    return _are_shares(output, target) and any(one.size and np.allclose(one, 1.0) for one in sums)


MEANT = (
    Meant(
        1.0,
        "half the sum of ({output} - {target})**2",
        lambda output, target: 0.5 * np.sum((output - target) ** 2),
        lambda output, target: True,
    ),
    Meant(
        1.0,
        "the cross-entropy of {output} and {target}, entry by entry",
        lambda output, target: -np.sum(target * np.log(output) + (1.0 - target) * np.log(1.0 - output)),
        _are_shares,
    ),
    Meant(
        1.0,
        "the cross-entropy of {output} and {target}",
        lambda output, target: -np.sum(target * np.log(output)),
        _are_rows,
    ),
    Meant(
        2.0,
        "the sum of ({output} - {target})**2",
        lambda output, target: np.sum((output - target) ** 2),
        lambda output, target: True,
    ),
)
"""The likeliest first; the last where no other loss is computed that has another factor."""
