"""What of the comparator needs NumPy: loaded with the first array that is judged, as graphs of numbers do without."""

from __future__ import annotations

from types import ModuleType


def entries() -> ModuleType:
    """The verdicts on entries."""
    from . import entries

    return entries


def array_result() -> ModuleType:
    """The verdict on an array."""
    from . import array_result

    return array_result


def ties() -> ModuleType:
    """The choices among equal entries."""
    from . import ties

    return ties
