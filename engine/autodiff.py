"""The chain rule, written once.

The gradient of an operand is the sum, over its uses, of the consumer's own gradient (the
*upstream gradient*) times the consumer's *local derivative* by that operand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from .errors import DomainError, ManualModeError
from .graph import topological_order, walking
from .manual import MANUAL
from .names import Names

if TYPE_CHECKING:
    from .value import Value

_running_sum = attrgetter("_scratch")


def gradients(root: Value) -> dict[Value, float]:
    """d root / d node for every node of the graph, by autodiff, in backward order.

    Writes nothing: no `.grad` changes, in either mode. The exponent of `x ** 2` with x < 0 has no
    derivative and, as a constant, is asked for none: it is given as 0.0.

    Raises:
        TypeError: `root` is not a Value.
        DomainError: an operation has no finite derivative where it stands.
    """
    with walking:
        order = backward_sweep(root)
        return dict(zip(order, map(_running_sum, order)))


def backward(root: Value) -> None:
    """Add d root / d node to the grad of every node of the graph.

    Raises:
        ManualModeError: a node of the graph was made in manual mode.
        DomainError: an operation has no finite derivative where it stands; no grad is changed.
    """
    with walking:
        order = backward_sweep(root)
        for node in order:
            if node._mode is MANUAL:
                names = Names(root)
                raise ManualModeError(names[root], names[node])
        for node in order:
            node.grad += node._scratch


def backward_sweep(root: Value) -> list[Value]:
    """Walk the chain rule from `root`; returns the backward order.

    Afterwards each node's gradient stands in its `_scratch`, valid while the caller holds
    `graph.walking`.
    """
    order = topological_order(root)
    order.reverse()
    for node in order:
        node._scratch = 0.0
    root._scratch = 1.0
    try:
        for node in order:
            upstream = node._scratch
            if upstream - upstream != 0.0:  # nan or infinite
                upstream = node._scratch = _no_gradient(node, root)
            op, first = node.op, node._first
            if op is None or first is None:
                continue
            # operand gradient += upstream gradient * local derivative: that is all of backpropagation.
            # The loop at the end is for any count of operands; one and two, which is nearly every
            # node, are written out, as that halves the time of the sweep.
            second = node._second
            if second is None:
                (by_first,) = op.derivatives(first._data, node._data)
                first._scratch += upstream * by_first
            elif not node._rest:
                by_first, by_second = op.derivatives(first._data, second._data, node._data)
                first._scratch += upstream * by_first
                second._scratch += upstream * by_second
            else:
                for operand, local in zip(node.operands, local_derivatives(node)):
                    operand._scratch += upstream * local
    except (ArithmeticError, ValueError) as error:
        if isinstance(error, DomainError):
            raise
        raise _no_derivative(node, Names(root)) from error
    return order


def local_derivatives(node: Value) -> Sequence[float]:
    """The derivative of `node` by each of its operands, one number an operand; () for a leaf.

    Raises:
        ArithmeticError, ValueError: the rule has no value where the node stands.
    """
    if node.op is None:
        return ()
    return node.op.derivatives(*[operand._data for operand in node.operands], node._data)


def _no_derivative(node: Value, names: Names) -> DomainError:
    assert node.op is not None
    inputs = [(names[operand], operand._data) for operand in node.operands]
    return DomainError(node.op.name, inputs, "no finite derivative", node.op.domain, names[node])


def _no_gradient(node: Value, root: Value) -> float:
    """0.0 for a constant, whose gradient nobody asks for; else the error that names the culprit."""
    if node._mode.is_constant:
        return 0.0
    names = Names(root)
    for consumer in topological_order(root):
        if node in consumer.operands:
            for operand, local in zip(consumer.operands, local_derivatives(consumer)):
                if operand is node and not math.isfinite(local):
                    raise _no_derivative(consumer, names)
    where = [(names[node], node._data)]
    raise DomainError("backward", where, "no finite gradient (it overflows)", node=names[node])
