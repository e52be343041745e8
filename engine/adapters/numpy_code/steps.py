"""A step of their forward that has no rule: its slopes are measured, and it is a node like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...arrays.opaque import matrix_edge, opaque
from ...value import Value

MOST_SLOPES = 250_000
"""With more slopes than that it takes too long."""
STEP = 1e-3
"""As a share of a number's size; the slopes are of the fourth order."""
SMALLEST = 0.1
STEADY = 1e-6
"""How near the slopes by half the step must be."""


def measured(name: str, function: Callable[..., Any], operands: Sequence[Any], inputs: Sequence[Value]) -> Value | None:
    """The node of a function of arrays, with its slopes at these.

    Args:
        function: gives one array, and changes nothing.
        operands: the arrays.
        inputs: the node of each.

    Returns:
        None where there are too many slopes, or where it has none.
    """
    arrays = [np.array(one, dtype=float) for one in operands]
    data = np.asarray(function(*arrays), dtype=float)
    if data.size * sum(one.size for one in arrays) > MOST_SLOPES:
        return None
    edges = []
    for place, one in enumerate(arrays):
        whole, half = _slopes(function, arrays, place, STEP), _slopes(function, arrays, place, STEP / 2.0)
        if not np.isfinite(whole).all() or not np.isfinite(half).all() or not near(whole, half, STEADY, 1e-9):
            return None
        edges.append(matrix_edge(half, one.shape))
    node: Value = opaque(name, data, edges)(*inputs)
    return node


def _slopes(function: Callable[..., Any], arrays: Sequence[Any], place: int, share: float) -> Any:
    """Of every entry of the result by every entry of one array, by differences over two steps.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, formula 25.3.6.
    """
    columns = []
    for at in np.ndindex(arrays[place].shape):
        step = share * max(abs(float(arrays[place][at])), SMALLEST)

        def moved(by: float, at: Any = at) -> Any:
            given = [one.copy() for one in arrays]
            given[place][at] += by
            return np.ravel(np.asarray(function(*given), dtype=float))

        near_by, far = moved(step) - moved(-step), moved(2.0 * step) - moved(-2.0 * step)
        columns.append((8.0 * near_by - far) / (12.0 * step))
    return np.stack(columns, axis=-1)
