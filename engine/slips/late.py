"""What of the search needs NumPy beside the families of `belief`: loaded with the first array that is wrong."""

from __future__ import annotations

from types import ModuleType


def unread() -> ModuleType:
    """What is no gradient of an array at all."""
    from . import unread

    return unread


def unpassed() -> ModuleType:
    """The edges that an array's gradient was not passed back along."""
    from . import unpassed

    return unpassed
