"""The rules of an operation on whole columns of numbers, from the one table and NumPy's functions for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from .. import ops
from ..arrays.entrywise import leaky_relu, lift
from ..arrays.ufuncs import FORWARDS
from ..ops import Op


class Rules(NamedTuple):
    """An operation on columns; where it has no finite value or derivative it gives nan or an infinity.

    Attributes:
        forward: columns of its inputs -> the column of its outputs.
        derivatives: columns of its inputs and outputs -> for each input a column, or one number for all.
    """

    forward: Callable[..., Any]
    derivatives: Callable[..., Sequence[Any]]


@lru_cache(maxsize=256)
def column_rules(op: Op) -> Rules:
    """Return an operation's rules on columns; without a NumPy function, number by number."""
    forward = FORWARDS.get(op)
    if forward is not None:
        return Rules(forward, op._local)
    whole = _leaky_relu(op) or lift(op)
    return Rules(whole.forward, lambda *columns: [edge.coefficient for edge in whole._local(*columns)])


def _leaky_relu(op: Op) -> Any:
    """Return the leaky relu on arrays: it has a slope of its own, so no place in a table."""
    if op.name != ops.LEAKY_RELU.name:
        return None
    slope = -op.forward(-1.0)
    return leaky_relu(slope) if ops.leaky_relu(slope) is op else None
