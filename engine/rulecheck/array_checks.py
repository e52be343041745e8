"""The checks that need NumPy, loaded with the first operation on arrays."""

from __future__ import annotations

from types import ModuleType


def directions() -> ModuleType:
    """Return the check of a rule on arrays."""
    from . import directions

    return directions


def points() -> ModuleType:
    """Return the leaves that hold arrays, and points near a given one."""
    from . import points

    return points
