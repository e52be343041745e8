"""Gradients by central differences: an oracle that knows nothing of the operations' rules."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

from ..comparator import check_fresh
from ..errors import DomainError, NotOneNumberError
from ..loading import np
from ..names import Names
from ..verdict.rounding import Reference
from .slopes import Slope, replace_entry, slope

if TYPE_CHECKING:
    from ..value import Value


def numeric_gradients(root: Value) -> Reference:
    """Return d root / d node for every node, by central differences; write nothing.

    Each number, and each entry of an array, is moved by itself and what follows from it is computed
    again: cost about the count of them times what depends on each, so this is for graphs of up to
    some thousand numbers. At a kink it gives the mean of both sides. A constant that cannot be moved
    is given 0.0, and so are one that is an array, as by `gradients`, and an entry of -inf: nothing
    moves with a mask.

    Raises:
        NotAValueError: `root` is not a node.
        NotOneNumberError: `root` is an array.
        StaleGraphError: data was changed after the forward pass.
        DomainError: a node cannot be moved to either side.
    """
    names = Names(root)
    if root.shape:
        raise NotOneNumberError(names[root], root.shape)
    check_fresh(names)
    result: dict[Value, Any] = {}
    noise: dict[Value, Any] = {}
    for place, node in reversed([*enumerate(names.order)]):
        downstream = _downstream(names.order[place:])
        if node.shape:
            result[node], noise[node] = np.zeros(node.shape), np.zeros(node.shape)
            for at in () if node.is_constant else product(*map(range, node.shape)):
                found = _slope_at(node, at, downstream, names)
                result[node][at], noise[node][at] = found.value, 10.0 * found.error
        else:
            found = Slope(1.0, 0.0) if node is root else _slope_at(node, (), downstream, names)
            result[node], noise[node] = found.value, 10.0 * found.error
    return Reference(result, noise)


def _slope_at(node: Value, at: tuple[int, ...], downstream: list[Value], names: Names) -> Slope:
    """Return the slope of the root by one entry of a node, from all that depends on it, the root last."""
    data: Any = node.data
    x: float = float(data[at]) if at else data
    if x == -math.inf:
        return Slope(0.0, 0.0)

    def root_of(number: float) -> float:
        moved: dict[Value, Any] = {node: replace_entry(data, at, number)}
        for later in downstream:
            assert later.op is not None
            result = later.op.forward(*[moved.get(o, o.data) for o in later.operands])
            moved[later] = result if later.shape else float(result)
        return float(moved[downstream[-1]])

    found = slope(root_of, x)
    if math.isfinite(found.value) and math.isfinite(found.error):
        return found
    if node.is_constant:  # which nobody asks for
        return Slope(0.0, 0.0)
    where = [(names[node], node.data)]
    raise DomainError("central differences", where, "no value on both sides", node=names[names.order[-1]])


def _downstream(order: list[Value]) -> list[Value]:
    """Return the nodes that depend on the first one of a topological order."""
    found = dict.fromkeys(order[:1])
    for later in order[1:]:
        if later._first in found or later._second in found or not found.keys().isdisjoint(later._rest):
            found[later] = None
    return [*found][1:]
