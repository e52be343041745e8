"""What of a check needs NumPy: loaded with the first operation on arrays that is checked."""

from __future__ import annotations

from types import ModuleType


def directions() -> ModuleType:
    """Return the check of a rule on arrays."""
    from . import directions

    return directions


def points() -> ModuleType:
    """Leaves that hold arrays, and points around a given one."""
    from . import points

    return points
