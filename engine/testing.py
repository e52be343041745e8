"""For pytest: assert that gradients written by hand are right."""

from .checking.testing import GradientError, assert_gradients

__all__ = ["GradientError", "assert_gradients"]
