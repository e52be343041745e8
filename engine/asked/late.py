"""What of a check needs NumPy: loaded with the first operation on arrays that is checked."""

from __future__ import annotations

from types import ModuleType


def array_check() -> ModuleType:
    """The check of an operation on arrays."""
    from . import array_check

    return array_check
