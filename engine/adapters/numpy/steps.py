"""A step of the user's forward that has no rule: its slopes are measured, and it is a node like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...arrays.opaque import matrix_edge, opaque
from ...rulecheck.jacobian import jacobian
from ...value import Value

MOST_SLOPES = 250_000
"""With more slopes than that it takes too long."""
SMALLEST = 0.1
STEADY = 1e-6
"""How near the slopes by half the step must be."""


def measured(name: str, function: Callable[..., Any], operands: Sequence[Any], inputs: Sequence[Value]) -> Value | None:
    """Return the node of a function of arrays, with its slopes at these.

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

        def along(x: Any, place: int = place) -> Any:
            given = [np.array(x) if other == place else held.copy() for other, held in enumerate(arrays)]
            return np.asarray(function(*given), dtype=float)

        whole, half = (np.atleast_2d(jacobian(along, one, finer=finer, least=SMALLEST)) for finer in (0.5, 1.0))
        if not np.isfinite(whole).all() or not np.isfinite(half).all() or not near(whole, half, STEADY, 1e-9):
            return None
        edges.append(matrix_edge(half, one.shape))
    node: Value = opaque(name, data, edges)(*inputs)
    return node
