"""For pytest: assert that gradients written by hand are right."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .comparator import compare
from .value import Value
from .verdict.comparison import Comparison, GradientError

if TYPE_CHECKING:
    from .adapters.numpy.check import assert_backward

__all__ = ["GradientError", "assert_backward", "assert_gradients"]
__dir__ = __all__.copy  # and nothing that is imported here


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


def __getattr__(name: str) -> Any:
    """Load `assert_backward` on demand: it needs NumPy, graphs of numbers do not."""
    if name == "assert_backward":
        return import_module(".adapters.numpy.check", __package__).assert_backward
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
