"""What leaves Python as JSON: numbers, arrays, and whole replies."""

from __future__ import annotations

import json
import math
from typing import Any

from handgrad import Value

MOST_SENT = 400
"""An array of more entries is not sent as numbers."""


def number(thing: Any) -> float | None:
    """Return a finite number, else None."""
    return thing if isinstance(thing, float) and math.isfinite(thing) else None


def sendable(thing: Any) -> Any:
    """Return a number, or a small array of finite numbers as nested lists; None for anything else."""
    if not getattr(thing, "shape", ()):
        return number(thing)
    return thing.tolist() if thing.size <= MOST_SENT and bool((abs(thing) < math.inf).all()) else None


def as_json(reply: Any) -> str:
    """Return a reply as JSON, which knows no infinity and no nan: what slips in stands there as null."""
    try:
        return json.dumps(reply, allow_nan=False)
    except ValueError:
        return json.dumps(finite(reply), allow_nan=False)


def finite(thing: Any) -> Any:
    """Return the same dicts and lists, with None for each number that is not finite."""
    if isinstance(thing, dict):
        return {key: finite(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [finite(value) for value in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


def data_of(node: Value) -> Any:
    """Return what a node holds."""
    return sendable(node.data)


def data_like(node: Value, given: Any) -> Any:
    """Read data that was sent for a node; None where it is none of its shape, or not finite."""
    if node.shape:
        held: Any = node.data
        data = held.copy()
        try:
            data[...] = given
        except (TypeError, ValueError, OverflowError):
            return None
        return data if sendable(data) == given else None
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < 1e300
    return float(given) if is_number else None
