"""For pytest: assert that gradients written by hand are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .compare import compare
from .comparison import Comparison

if TYPE_CHECKING:
    from ..value import Value


class GradientError(AssertionError):
    """Gradients that are wrong or missing; `comparison` holds the verdicts, to draw or to print in full."""

    def __init__(self, message: str, comparison: Comparison) -> None:
        self.comparison = comparison
        super().__init__(message)


def assert_gradients(root: Value, **options: Any) -> Comparison:
    """Assert that every gradient of the graph that is asked for is right.

    Args:
        root: where backward starts.
        **options: those of `compare`: nodes, reference, rtol, atol, typed.

    Returns:
        The comparison, all correct.

    Raises:
        GradientError: an AssertionError: something is wrong or missing; its text is the table,
            without the answers.
        HandgradError: as `compare` raises.
    """
    __tracebackhide__ = True
    comparison = compare(root, **options)
    if not comparison.ok:
        raise GradientError("\n" + comparison.table(reveal=False), comparison)
    return comparison
