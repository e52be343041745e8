"""What of the comparator is loaded when it is first needed.

What needs NumPy, with the first array that is judged: graphs of numbers do without. What shows a comparison, with the
first that is shown. And the search for slips, with the first number that is wrong: this is the one door from the
verdicts to it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..slips.slip import Slip
    from .comparison import Comparison
    from .result import NodeResult


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


def table() -> Callable[..., str]:
    """A comparison as text."""
    from .table import table

    return table


def html() -> Callable[[Comparison, str], str]:
    """A comparison for a notebook."""
    from .html import html

    return html


def diagnose() -> Callable[[NodeResult, Comparison], Slip | None]:
    """What finds the slip of a WRONG result."""
    from ..slips.search import diagnose

    return diagnose
