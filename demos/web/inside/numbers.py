"""The numbers of a graph on their way through the page and back: JSON knows no infinity, a mask of -inf has some."""

from __future__ import annotations

import math
from typing import Any


def texts(thing: Any) -> Any:
    """Return numbers or nested lists of them, non-finite ones as texts; None for anything else."""
    if isinstance(thing, list):
        return [texts(entry) for entry in thing]
    if isinstance(thing, bool) or not isinstance(thing, (int, float)):
        return None
    return thing if math.isfinite(thing) else repr(float(thing))


def floats(thing: Any) -> Any:
    """Read what `texts` wrote; all as floats, since JavaScript has no 1.0 beside 1."""
    if isinstance(thing, list):
        return [floats(entry) for entry in thing]
    if isinstance(thing, bool) or not isinstance(thing, (int, float, str)):
        return thing
    try:
        return float(thing)
    except (ValueError, OverflowError):
        return None
