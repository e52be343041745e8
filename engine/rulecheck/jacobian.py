"""The slopes of an operation on arrays, as they are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..amounts import shape_of
from .slopes import central, replace_entry

LARGEST = 4000
"""Entries of the operands up to which each is moved by itself."""
MANY = 50
"""Of more entries each is moved twice and not four times."""
STEP, FINER, SINGLE = 1e-3, 1e-4, 3e-2
"""How far an entry is moved, as a share of it: extrapolated, with one difference alone, and in single precision."""


def jacobian(
    along: Callable[[Any], Any], x: Any, *, is_single: bool = False, finer: float = 1.0, least: float = 0.0
) -> Any:
    """Return the slopes of each entry of a result by each entry of an input.

    Args:
        is_single: whether the result has single precision: a small step drowns in its noise.
        finer: by how much to divide the usual step.
        least: an entry that is smaller is moved by a share of that.

    Returns:
        A float between numbers, else an array of shape (entries of the result, entries of x).
    """
    typical = float(np.sqrt(np.mean(np.square(x)))) or 1.0
    is_quick = np.size(x) > MANY
    share = (SINGLE if is_single else FINER if is_quick else STEP) / finer
    columns = []
    for at in np.ndindex(shape_of(x)):
        entry = float(x[at] if at else x)
        size = max(abs(entry), least) or typical
        h = share * (max(size, typical) if is_single else size)

        def call_moved(number: float, at: tuple[int, ...] = at) -> Any:
            return along(replace_entry(x, at, number))

        slope = central(call_moved, entry, h)
        if not is_quick:
            slope = (4.0 * central(call_moved, entry, h / 2.0) - slope) / 3.0
        columns.append(slope)
    if not shape_of(x) and not shape_of(columns[0]):
        return float(columns[0])
    return np.stack([np.ravel(column) for column in columns], axis=1)
