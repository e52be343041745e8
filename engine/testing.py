"""For pytest: assert that gradients written by hand are right."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .verdict.testing import GradientError, assert_gradients

if TYPE_CHECKING:
    from .adapters.numpy.asserting import assert_backward

__all__ = ["GradientError", "assert_backward", "assert_gradients"]


def __getattr__(name: str) -> Any:
    """Load `assert_backward` on demand: it needs NumPy, graphs of numbers do not."""
    if name == "assert_backward":
        return import_module(".adapters.numpy.asserting", __package__).assert_backward
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__", "__file__", "__name__"])
