"""A heat map of an array's error: small arrays cell by cell, large ones by blocks.

It asks the arrays themselves for what it needs: who draws a graph of numbers does without NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from handgrad import NodeResult

from . import theme

if TYPE_CHECKING:
    from handgrad.verdict.array_result import ArrayResult

MOST_ROWS, MOST_COLUMNS = 8, 12
"""A map has at most so many rows and columns; beyond that each cell stands for a block."""


def heat(result: ArrayResult) -> list[list[str]]:
    """Return the colours of a map, row by row; [] for an array that is empty or unreadable.

    A cell shows its block's largest error as a share of the array's largest, and the darkest is the
    largest; a block in which nothing is wrong is light, one that is not all filled in grey.
    """
    if not _can_be_mapped(result):
        return []
    is_missing, is_wrong = make_grid(result.is_missing), make_grid(result.is_wrong)
    error = is_wrong if result.error is None else make_grid(result.error)
    wrong = error[is_wrong]
    known = wrong[wrong < math.inf]
    largest = float(known.max()) if known.size else 0.0
    shades = theme.HEAT.get(result.status.value, theme.HEAT["carried"])
    rows = []
    for places in blocks(is_wrong):
        row = []
        for block in places:
            if is_missing[block].any():
                row.append(theme.COLD_MISSING)
            elif not is_wrong[block].any():
                row.append(theme.COLD)
            else:
                row.append(_shade(error[block][is_wrong[block]], largest, shades))
        rows.append(row)
    return rows


def shows_errors(result: NodeResult) -> bool:
    """Return whether it is an array whose map shows an error."""
    return bool(result.shape) and _can_be_mapped(result) and result.wrong > 0  # type: ignore[attr-defined]


def _can_be_mapped(result: Any) -> bool:
    return bool(result.total) and (result.numbers is not None or result.actual is None)


def _shade(errors: Any, largest: float, shades: Sequence[str]) -> str:
    """Return the shade of a block's errors; a non-finite one is as dark as the largest."""
    if not largest or not (errors < math.inf).all():
        return shades[-1]
    # Not below the palest shade, so that a small error in a big array is seen.
    return shades[min(len(shades) - 1, int(float(errors.max()) / largest * len(shades)))]


def make_grid(values: Any) -> Any:
    """Return two axes: a vector as one row, the last of more axes side by side."""
    if values.ndim < 2:
        return values.reshape(1, -1)
    grid = values.reshape(len(values), -1)
    return grid if grid.shape[1] > 1 else grid.T


def blocks(grid: Any) -> list[list[tuple[slice, slice]]]:
    """Return the parts of a grid that a map shows, row by row."""
    rows, columns = (
        [slice(length * i // count, length * (i + 1) // count) for i in range(count)]
        for length, count in ((n, min(n, most)) for n, most in zip(grid.shape, (MOST_ROWS, MOST_COLUMNS)))
    )
    return [[(row, column) for column in columns] for row in rows]
