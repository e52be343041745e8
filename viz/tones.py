"""An array as a map of squares: blue below 0, amber above, stronger for larger numbers.

Other than a map of errors (`heat`) it tells what stands there, and not whether it is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from handgrad.number import show

from .heat import blocks, make_grid

TONES = "abcdefghi"
"""From the lowest number to the highest, 0 in the middle."""

DIGITS = 3


def largest(arrays: Iterable[Any]) -> float:
    """Return the largest absolute finite number of all arrays, the end of their scale; 0.0 for none."""
    sizes = [0.0]
    for array in arrays:
        size = abs(array) if getattr(array, "shape", ()) else None
        known = size[size < math.inf] if size is not None else None
        if known is not None and known.size:
            sizes.append(float(known.max()))
    return max(sizes)


def tone_map(array: Any, end: float) -> dict[str, list[Any]]:
    """Return the map of an array, row by row; a block shows its largest entry.

    Args:
        end: the number of the strongest tone.

    Returns:
        `tones`, a text a row with a letter of `TONES` for each square, and `values`, what each of them stands for.
    """
    if not array.size:
        return {"tones": [], "values": []}
    grid = make_grid(array)
    tones, values = [], []
    for places in blocks(grid):
        row = [max(grid[block].ravel().tolist(), key=abs) for block in places]
        tones.append("".join(tone(number, end) for number in row))
        values.append([show(number, digits=DIGITS) for number in row])
    return {"tones": tones, "values": values}


def tone(number: float, end: float) -> str:
    """Return the letter of a number."""
    middle = len(TONES) // 2
    if not end or math.isnan(number):
        return TONES[middle]
    share = max(-1.0, min(1.0, number / end))
    steps = math.ceil(abs(share) * middle - 1e-12)
    return TONES[middle + steps if share > 0.0 else middle - steps]


def scale_of(end: float) -> str:
    """Return a scale in words: "-3.1 to 3.1"."""
    return f"{show(-end, digits=DIGITS)} to {show(end, digits=DIGITS)}"
