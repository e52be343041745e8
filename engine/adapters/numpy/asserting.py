"""For pytest: assert that a backward pass in plain NumPy is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...verdict.comparison import Comparison, GradientError
from .check import check_backward


def assert_backward(
    forward: Callable[..., Any], backward: Callable[..., Any] | None, inputs: Any, **options: Any
) -> Comparison:
    """Assert that every gradient that a backward pass gives is right.

    Args:
        forward, backward, inputs: as `check_backward` takes them.
        **options: those of `check_backward`: upstream, points, seed.

    Returns:
        The comparison, without causes.

    Raises:
        GradientError: an AssertionError: something is wrong; its text is the table, without the answers, with the
            lines at fault.
        HandgradError: as `check_backward` raises.

    Examples:
        >>> import numpy as np
        >>> def forward(x):
        ...     return np.tanh(x), x
        >>> def backward(dout, x):
        ...     return dout * (1 - np.tanh(x) ** 2)
        >>> assert_backward(forward, backward, (np.array([0.5, -1.0, 2.0]),)).ok
        True
    """
    __tracebackhide__ = True
    comparison = check_backward(forward, backward, inputs, **options)
    if not comparison.ok:
        raise GradientError("\n" + comparison.table(reveal=False), comparison)
    return comparison
