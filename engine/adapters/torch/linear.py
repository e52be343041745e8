"""A step of autograd's that is known only by what it passes back: its edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays.edges import Edge, Floats, Shape
from ...arrays.operation import ArrayOp
from ...graph import is_node

DRAWS = 4
"""How often the sizes of what a map adds up are estimated."""


def linear_edge(back: Callable[[Floats], Floats], shape: Shape) -> Edge:
    """The edge of a linear map that can only be applied.

    Args:
        back: a gradient of the result, of `shape` -> that of the operand.
    """

    def spread(gradient: Any, coefficient: Any) -> Any:
        if is_node(gradient):
            return _as_operation(back, shape)(gradient) * coefficient
        return back(np.broadcast_to(gradient, shape)) * coefficient

    def sizes(gradient: Any, coefficient: Any) -> Any:
        """Roughly: the signs of what comes together are drawn, so that it does not cancel."""
        rng = np.random.default_rng(0)
        amounts = np.abs(np.broadcast_to(gradient, shape))
        drawn = [np.abs(back(amounts * rng.uniform(0.5, 1.0, shape) * _signs(rng, shape))) for _ in range(DRAWS)]
        return np.maximum.reduce([np.abs(back(amounts)), *drawn]) * coefficient

    return Edge(spread, 1.0, sizes)


def _signs(rng: Any, shape: Shape) -> Floats:
    drawn: Floats = rng.choice([-1.0, 1.0], shape)
    return drawn


def _as_operation(back: Callable[[Floats], Floats], shape: Shape) -> ArrayOp:
    """The map as an operation, for the graph of a backward pass; its own edge is the map's transpose."""

    def transpose(gradient: Any, coefficient: Any) -> Any:
        found = np.zeros(shape)
        for at in np.ndindex(*shape):
            unit = np.zeros(shape)
            unit[at] = 1.0
            found[at] = (gradient * back(unit)).sum()
        return found * coefficient

    return ArrayOp("back", back, lambda *_: [Edge(transpose)])
