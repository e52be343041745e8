"""Prepare what leaves Python as JSON: numbers, arrays, and whole replies."""

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


def make_sendable(thing: Any) -> Any:
    """Return a number, or a small finite array as nested lists; None for anything else."""
    if not getattr(thing, "shape", ()):
        return number(thing)
    return thing.tolist() if thing.size <= MOST_SENT and bool((abs(thing) < math.inf).all()) else None


def to_json(reply: Any) -> str:
    """Return a reply as JSON; an infinity or nan becomes null."""
    try:
        return json.dumps(reply, allow_nan=False)
    except ValueError:
        return json.dumps(drop_nonfinite(reply), allow_nan=False)


def drop_nonfinite(thing: Any) -> Any:
    """Return the same dicts and lists, with None for each non-finite number."""
    if isinstance(thing, dict):
        return {key: drop_nonfinite(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [drop_nonfinite(value) for value in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


def data_of(node: Value) -> Any:
    """Return what a node holds."""
    return make_sendable(node.data)


def read_data(node: Value, given: Any) -> Any:
    """Read data that was sent for a node; None if of another shape or not finite."""
    if node.shape:
        held: Any = node.data
        data = held.copy()
        try:
            data[...] = given
        except (TypeError, ValueError, OverflowError):
            return None
        return data if make_sendable(data) == given else None
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < 1e300
    return float(given) if is_number else None
