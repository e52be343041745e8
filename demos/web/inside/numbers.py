"""The numbers of a graph on their way through the page and back: JSON knows no infinity, a mask of -inf has some."""

from __future__ import annotations

import math
from typing import Any


def texts(thing: Any) -> Any:
    """Return a number or nested lists of numbers, those that are not finite as texts; None for anything else."""
    if isinstance(thing, list):
        return [texts(entry) for entry in thing]
    if isinstance(thing, bool) or not isinstance(thing, (int, float)):
        return None
    return thing if math.isfinite(thing) else repr(float(thing))


def floats(thing: Any) -> Any:
    """What `texts` was given. JavaScript knows no difference between 1.0 and 1, so that all of them are floats."""
    if isinstance(thing, list):
        return [floats(entry) for entry in thing]
    if isinstance(thing, bool) or not isinstance(thing, (int, float, str)):
        return thing
    try:
        return float(thing)
    except (ValueError, OverflowError):
        return None
