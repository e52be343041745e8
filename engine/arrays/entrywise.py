"""The operations of the page of calculus, applied to each entry of arrays that are broadcast together.

A local derivative is read from the operation's own rule, with arrays for numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .. import ops
from ..graph import is_node
from ..ops import Op
from .edges import ArrayOp, Edge, Floats, entrywise, numbers_of
from .ufuncs import FORWARDS


@lru_cache(maxsize=256)
def lift(op: Op) -> ArrayOp:
    """Lift an operation on numbers to arrays."""
    forward = FORWARDS.get(op)
    if forward is None:
        return _make_op(op, _forward_one_by_one(op), _derivatives_one_by_one(op))
    return _make_op(op, forward, op._local)


@lru_cache(maxsize=64)
def leaky_relu(slope: float) -> ArrayOp:
    """Return the leaky relu of one slope."""
    op = ops.leaky_relu(slope)
    return _make_op(op, lambda x: np.where(x > 0.0, x, slope * x), op._local)


def _make_op(op: Op, forward: Callable[..., Any], local: Callable[..., Sequence[Any]]) -> ArrayOp:
    def derivatives(*inputs_and_output: Any) -> list[Edge]:
        *inputs, output = inputs_and_output
        coefficients = local(*inputs_and_output)
        numbers = numbers_of(output)
        if np.min(numbers, initial=0.0) == -np.inf:  # a masked entry moves with nothing
            coefficients = [np.where(np.isneginf(numbers), 0.0, c) for c in coefficients]
        return [entrywise(x.shape, c) for x, c in zip(inputs, coefficients)]

    return ArrayOp(
        op.name,
        forward,
        derivatives,
        scalar=op,
        rule=op.rule,
        domain=op.domain,
        precedence=op.precedence,
        slips=op.slips,
        lets_masks_through=True,
        cancelling=op.cancelling,
    )


def _forward_one_by_one(op: Op) -> Callable[..., Floats]:
    def forward(*inputs: Any) -> Floats:
        entries = [_number_of(op.forward, numbers) for numbers in _rows(inputs)]
        return np.array(entries, dtype=float).reshape(np.broadcast_shapes(*map(np.shape, inputs)))

    return forward


def _derivatives_one_by_one(op: Op) -> Callable[..., Sequence[Any]]:
    def derivatives(*inputs_and_output: Any) -> Sequence[Any]:
        if any(map(is_node, inputs_and_output)):  # their graph is asked for
            return op._local(*inputs_and_output)
        count = len(inputs_and_output) - 1
        entries = [_numbers_of_rule(op._local, numbers, count) for numbers in _rows(inputs_and_output)]
        columns = np.array(entries, dtype=float).reshape(-1, count).T
        return [column.reshape(inputs_and_output[-1].shape) for column in columns]

    return derivatives


def _rows(arrays: Sequence[Any]) -> Any:
    """Return the numbers that belong together, entry by entry."""
    return zip(*(array.ravel().tolist() for array in np.broadcast_arrays(*arrays)))


def _number_of(forward: Callable[..., Any], numbers: Sequence[float]) -> float:
    """Compute one entry; nan where there is no value, for the error to name the entry."""
    try:
        return float(forward(*numbers))
    except (ArithmeticError, ValueError):
        return np.nan


def _numbers_of_rule(local: Callable[..., Any], numbers: Sequence[float], count: int) -> Sequence[float]:
    try:
        found: Sequence[float] = local(*numbers)
    except (ArithmeticError, ValueError):
        return [np.nan] * count
    return found
