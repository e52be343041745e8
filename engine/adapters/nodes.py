"""User functions that were checked by themselves, as nodes of a graph that only shows what comes before what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import array
from ..arrays.edges import Edge
from ..arrays.opaque import opaque
from ..value import Value


def node_after(name: str, data: Any, operands: Sequence[Value]) -> Value:
    """Return a node that comes after some others, of which nothing else is known."""
    made: Value = opaque(name, data, list(map(_nothing, operands)))(*operands) if operands else array(data)
    made.label = name
    return made


def _nothing(operand: Value) -> Edge:
    return Edge(lambda *_: np.zeros(operand.shape))
