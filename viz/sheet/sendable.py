"""Numbers and arrays as JSON can hold them."""

from __future__ import annotations

import math
from typing import Any

from handgrad import Value

MOST_SENT = 400
"""An array of more entries is not sent as numbers."""


def number(thing: Any) -> float | None:
    """A finite number, else None."""
    return thing if isinstance(thing, float) and math.isfinite(thing) else None


def sendable(thing: Any) -> Any:
    """A number, or a small array of finite numbers as nested lists; None for anything else."""
    if not getattr(thing, "shape", ()):
        return number(thing)
    return thing.tolist() if thing.size <= MOST_SENT and bool((abs(thing) < math.inf).all()) else None


def data_of(node: Value) -> Any:
    """What a node holds."""
    return sendable(node.data)
