"""Nodes for the user's operations: known by result and slopes alone, and a root to judge them by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..value import Value
from .edges import Edge, Shape
from .operation import ArrayOp


def opaque(name: str, data: Any, edges: Sequence[Edge]) -> ArrayOp:
    """Return an operation with a given result and one edge for each operand."""
    return ArrayOp(name, lambda *_: data, lambda *_: edges, lets_masks_through=True)


def matrix_edge(jacobian: Any, operand: Shape) -> Edge:
    """Return the edge that multiplies a gradient by a matrix: (entries of the result, entries of the operand)."""
    matrix = np.asarray(jacobian, dtype=float).reshape(-1, math.prod(operand))

    def spread(gradient: Any, coefficient: Any) -> Any:
        flat = gradient.reshape((len(matrix),)) if np.shape(gradient) else gradient * np.ones(1)
        return (flat @ coefficient).reshape(operand)

    return Edge(spread, matrix)


def root_with_gradient(node: Value, upstream: Any) -> Value:
    """Return a root, sum(node * upstream), by which a node has a given gradient."""
    root: Value = (node * upstream).sum() if node.shape else node * float(np.ravel(upstream)[0])
    return root
