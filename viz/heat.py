"""A heat map of an array's error: small arrays cell by cell, large ones by blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from handgrad.arraywise.comparison import ArrayResult

from . import theme

MOST_ROWS, MOST_COLUMNS = 8, 12
"""A map has at most so many rows and columns; beyond that each cell stands for a block."""

Grid = np.ndarray[Any, np.dtype[Any]]


def heat(result: ArrayResult) -> list[list[str]]:
    """The colours of a map, row by row.

    A cell shows its block's largest error as a share of the array's largest, and the darkest is the
    largest; a block in which nothing is wrong is light, one that is not all filled in grey.
    """
    error = _as_grid(result.error)
    is_wrong = _as_grid(result.is_wrong)
    is_missing = _as_grid(result.is_missing)
    largest = float(error[is_wrong].max(initial=0.0)) or 1.0
    shares = np.where(is_wrong, error / largest, 0.0)
    shades = theme.HEAT.get(result.status.value, theme.HEAT["carried"])
    rows = []
    for block_row in _blocks(error.shape[0], MOST_ROWS):
        row = []
        for block_column in _blocks(error.shape[1], MOST_COLUMNS):
            block = np.ix_(range(*block_row), range(*block_column))
            if is_missing[block].any():
                row.append(theme.COLD_MISSING)
            elif not is_wrong[block].any():
                row.append(theme.COLD)
            else:
                # Not below the palest shade, so that a small error in a big array is seen.
                row.append(shades[min(len(shades) - 1, int(float(shares[block].max()) * len(shades)))])
        rows.append(row)
    return rows


def _as_grid(values: Grid) -> Grid:
    """Two axes: a vector as one row, and the last axes of more than two side by side."""
    if values.ndim < 2:
        return values.reshape(1, -1)
    grid = values.reshape(len(values), -1)
    return grid if grid.shape[1] > 1 else grid.T


def _blocks(length: int, most: int) -> Sequence[tuple[int, int]]:
    count = min(length, most)
    return [(length * i // count, length * (i + 1) // count) for i in range(count)]
